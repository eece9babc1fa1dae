"""Autoregressive and coupling flows, inverted in one sweep over the parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from harness.training import ConditionalDensity
from harness_npe.flows.conditioner import Conditioner, Sweep
from harness_npe.flows.univariate import Univariate


class AutoregressiveLayer(nn.Module):
    """y_i = f(x_i | x of earlier steps, context) for an increasing f of each parameter.

    One parameter per step makes the layer fully autoregressive; two steps make it a coupling layer.

    Arguments:
        steps: The step at which each parameter is transformed, with shape (P,).
        n_context: The number of context features C.
        univariate: The increasing functions f.
        hidden: The widths of the conditioner's hidden layers.
        activation: The constructor of the conditioner's activation function.
    """

    order: Tensor
    parameters_in_order: Tensor

    def __init__(
        self,
        steps: Tensor,
        n_context: int,
        univariate: Univariate,
        hidden: Sequence[int],
        activation: Callable[[], nn.Module],
    ) -> None:
        super().__init__()
        self.univariate = univariate
        self.conditioner = Conditioner(
            steps, n_context, univariate.n_signals, hidden, activation, univariate.by_signal
        )
        self.register_buffer("order", steps.argsort(stable=True), persistent=False)
        self.register_buffer("everything", torch.arange(len(steps)), persistent=False)
        ends = steps.bincount().cumsum(0).tolist()
        self.groups = [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]

    def forward(self, x: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Values (B, n, P) and the log of the Jacobian determinant (B, n)."""
        signals = self.conditioner(x, context)
        y, log_slope = self.univariate(x, signals, self.everything)
        return y, log_slope.sum(dim=-1)

    def inverse(self, y: Tensor, context: Tensor) -> Tensor:
        """The x (B, n, P) of y (B, n, P), differentiable where gradients are enabled."""
        sweep = Sweep(self.conditioner, context, self.order)
        for step, group in enumerate(self.groups):
            parameters = self.order[group]
            target = y[..., parameters]
            sweep.reveal(self.univariate.solve(target, sweep.signals(step, group), parameters))
        return sweep.theta[..., self.order.argsort()]


class Flow(ConditionalDensity):
    """A density whose parameters are carried to standard normal noise, layer by layer.

    Arguments:
        n_parameters: The number of parameters P.
        n_context: The number of context features C.
        layers: The layers, in the direction from parameters to noise.
    """

    def __init__(self, n_parameters: int, n_context: int, layers: Sequence[AutoregressiveLayer]) -> None:
        super().__init__(n_parameters, n_context)
        self.layers = nn.ModuleList(layers)

    def noise(self, theta: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """The noise (B, n, P) behind parameters (B, n, P), and log |d noise / d parameters| (B, n)."""
        total = theta.new_zeros(theta.shape[:-1])
        for layer in self.layers:
            theta, log_determinant = layer(theta, context)
            total = total + log_determinant
        return theta, total

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        noise, log_determinant = self.noise(theta, context)
        return standard_normal(noise) + log_determinant

    def transport(self, noise: Tensor, context: Tensor) -> Tensor:
        for layer in reversed(self.layers):
            noise = layer.inverse(noise, context)  # type: ignore[operator]
        return noise


def standard_normal(noise: Tensor) -> Tensor:
    """The log density of standard normal noise (..., P): (...)."""
    return -0.5 * (noise.square().sum(dim=-1) + noise.shape[-1] * math.log(2 * math.pi))


def autoregressive_steps(n_parameters: int, layer: int) -> Tensor:
    """One parameter per step, from the first to the last in even layers, backwards in odd ones."""
    steps = torch.arange(n_parameters)
    return steps if layer % 2 == 0 else steps.flip(0)


def coupling_steps(n_parameters: int, layer: int) -> Tensor:
    """Two steps. The halves move along the parameters, so that every pair is parted in some layer."""
    places = (torch.arange(n_parameters) + layer // 2) % n_parameters
    second = places >= math.ceil(n_parameters / 2)
    if n_parameters == 1:
        return torch.zeros(1, dtype=torch.long)
    return (second if layer % 2 == 0 else ~second).long()
