"""Dropout as a distribution over weights: with a rate that is given, or one that is learned."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from harness_bnn.layers import StochasticLinear, uniform

TEMPERATURE = 0.1  # of the relaxed Bernoulli distribution, as published
SMALLEST = 1e-6  # keeps logarithms of uniform numbers finite


class DropoutLinear(StochasticLinear):
    """A linear layer, each of whose inputs is left out of a pass with a given probability.

    What is kept is enlarged by 1 / (1 - rate), so that the mean over passes stays.

    Arguments:
        rate: the probability, at least 0 and less than 1.

    References:
        Gal & Ghahramani 2016, Dropout as a Bayesian Approximation, https://arxiv.org/abs/1506.02142
    """

    def __init__(self, n_in: int, n_out: int, rate: float) -> None:
        super().__init__(n_in, n_out)
        self.rate = rate
        self.linear = nn.Linear(n_in, n_out)

    def forward(self, values: Tensor, passes: int, generator: torch.Generator | None = None) -> Tensor:
        kept = uniform(values, passes, generator) >= self.rate
        applied: Tensor = self.linear(values * (kept / (1 - self.rate)))
        return applied


class ConcreteDropoutLinear(StochasticLinear):
    """The same with a rate that is learned: which inputs are left out is relaxed to numbers from 0 to 1.

    Arguments:
        length_scale: of the normal prior of the weights, whose precision is its square.
        rate: what the rate begins at.

    References:
        Gal, Hron & Kendall 2017, Concrete Dropout, https://arxiv.org/abs/1705.07832
    """

    def __init__(self, n_in: int, n_out: int, length_scale: float, rate: float = 0.1) -> None:
        super().__init__(n_in, n_out)
        self.length_scale = length_scale
        self.linear = nn.Linear(n_in, n_out)
        self.logit = nn.Parameter(torch.tensor(math.log(rate / (1 - rate))))

    @property
    def rate(self) -> Tensor:
        """The probability with which an input is left out, a scalar."""
        return torch.sigmoid(self.logit)

    def forward(self, values: Tensor, passes: int, generator: torch.Generator | None = None) -> Tensor:
        drawn = uniform(values, passes, generator).clamp(SMALLEST, 1 - SMALLEST)
        kept = torch.sigmoid(-(self.logit + torch.logit(drawn)) / TEMPERATURE)
        applied: Tensor = self.linear(values * kept / (1 - self.rate))
        return applied

    def penalty(self) -> Tensor:
        """The divergence from the prior up to a constant, equations 3 and 4 of the paper.

        l^2 / 2 (1 - p) |M|^2 - n_in H(p), where a kept input meets the weights M = W / (1 - p), and H is the
        entropy of leaving an input out or not.
        """
        rate = self.rate
        entropy = -rate * nn.functional.logsigmoid(self.logit) - (1 - rate) * nn.functional.logsigmoid(
            -self.logit
        )
        weights = self.linear.weight.square().sum() / (1 - rate) + self.linear.bias.square().sum()
        return 0.5 * self.length_scale**2 * weights - self.n_in * entropy
