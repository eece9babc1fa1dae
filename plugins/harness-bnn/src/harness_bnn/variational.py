"""A linear layer with an independent normal distribution of each weight."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from harness_bnn.layers import StochasticLinear, normal

LEAST_VARIANCE = 1e-12  # of an output: the square root has no gradient at zero


class VariationalLinear(StochasticLinear):
    """Weights and biases N(mean, spread^2), learned with their divergence from a normal prior as a penalty.

    What is drawn is not the weights but the outputs, which given the inputs are normal and independent (the
    local reparameterisation). For a single input vector that is the same as drawing weights, at the cost of
    two matrix products instead of a matrix for each planet and pass, and with gradients of less variance.

    Arguments:
        prior: standard deviation of the normal prior of each weight times sqrt(n_in), and of each bias: with
            1, a layer of prior weights keeps the size of what it is given.
        spread: what the standard deviations begin at, as a fraction of the prior's.

    References:
        Blundell et al. 2015, Weight Uncertainty in Neural Networks, https://arxiv.org/abs/1505.05424
        Kingma, Salimans & Welling 2015, Variational Dropout and the Local Reparameterization Trick,
        https://arxiv.org/abs/1506.02557
    """

    def __init__(self, n_in: int, n_out: int, prior: float = 1.0, spread: float = 0.1) -> None:
        super().__init__(n_in, n_out)
        self.prior_weight = prior / math.sqrt(n_in)
        self.prior_bias = prior
        first = nn.Linear(n_in, n_out)  # the first values of its weights serve as means
        self.weight = nn.Parameter(first.weight.detach().clone())
        self.bias = nn.Parameter(first.bias.detach().clone())
        self.log_spread_weight = nn.Parameter(torch.full((n_out, n_in), math.log(spread * self.prior_weight)))
        self.log_spread_bias = nn.Parameter(torch.full((n_out,), math.log(spread * self.prior_bias)))

    def forward(self, values: Tensor, passes: int, generator: torch.Generator | None = None) -> Tensor:
        mean = nn.functional.linear(values, self.weight, self.bias)
        variance = nn.functional.linear(
            values.square(), (2 * self.log_spread_weight).exp(), (2 * self.log_spread_bias).exp()
        )
        return mean + variance.clamp(min=LEAST_VARIANCE).sqrt() * normal(mean, passes, generator)

    def penalty(self) -> Tensor:
        """The Kullback-Leibler divergence of the weights' distribution from their prior [nat]."""
        return divergence(self.weight, self.log_spread_weight, self.prior_weight) + divergence(
            self.bias, self.log_spread_bias, self.prior_bias
        )


def divergence(mean: Tensor, log_spread: Tensor, prior: float) -> Tensor:
    """KL(N(mean, spread^2) || N(0, prior^2)) summed over all elements [nat]; a scalar."""
    ratio = log_spread - math.log(prior)
    return 0.5 * ((2 * ratio).exp() + (mean / prior).square() - 1 - 2 * ratio).sum()
