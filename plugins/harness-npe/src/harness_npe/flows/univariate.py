"""Increasing functions of one parameter, whose coefficients a conditioner gives."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from harness_npe.flows.spline import MIN_SLOPE
from harness_npe.flows.spline_function import inverse_spline, spline


class Univariate(nn.Module, ABC):
    """An increasing function from the real line onto itself, one for each parameter.

    Attributes:
        n_signals: The number of coefficients S that it takes for each parameter.
        by_signal: Whether it is quickest where each coefficient lies in memory for all rows together.
    """

    n_signals: int
    by_signal: bool = False

    @abstractmethod
    def forward(self, x: Tensor, signals: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        """The function and the logarithm of its slope.

        Arguments:
            x: Where to evaluate it, with shape (..., G).
            signals: The coefficients, with shape (..., G, S), broadcast against x.
            parameters: Which G of the P parameters these are, with shape (G,).

        Returns:
            The values and the log slopes, each with shape (..., G).
        """

    @abstractmethod
    def inverse(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        """Where the function has the values y (..., G); called without gradients."""

    def solve(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        """Where the function has the values y (..., G), differentiable where gradients are enabled.

        By the implicit function theorem one Newton step from the solution, at a fixed slope, has the
        derivatives of the solution itself.
        """
        with torch.no_grad():
            x = self.inverse(y, signals, parameters)
        if torch.is_grad_enabled():
            value, log_slope = self(x, signals, parameters)
            x = x - (value - y) * (-log_slope.detach()).exp()
        return x


class Affine(Univariate):
    """The straight line y = exp(a) x + b of masked autoregressive flows (Papamakarios et al. 2017)."""

    n_signals = 2

    def forward(self, x: Tensor, signals: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        log_scale, shift = self._coefficients(signals)
        return x * log_scale.exp() + shift, log_scale.expand(x.shape)

    def inverse(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        log_scale, shift = self._coefficients(signals)
        return (y - shift) * (-log_scale).exp()

    @staticmethod
    def _coefficients(signals: Tensor) -> tuple[Tensor, Tensor]:
        shift, scale = signals.unbind(-1)
        return scale / (1 + abs(scale / math.log(MIN_SLOPE))), shift


class Spline(Univariate):
    """A rational-quadratic spline on [-bound, bound], the identity beyond (Durkan et al. 2019).

    Arguments:
        bins: The number of bins K.
        bound: Half the width of the box in which the spline acts.
    """

    by_signal = True

    def __init__(self, bins: int, bound: float) -> None:
        super().__init__()
        self.bins = bins
        self.bound = bound
        self.n_signals = 3 * bins - 1

    def forward(self, x: Tensor, signals: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        value, log_slope = spline(first(x), first(signals.expand(*x.shape, -1), 2), self.bound)
        return value.movedim(0, -1), log_slope.movedim(0, -1)

    def inverse(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        return self.solve(y, signals, parameters)

    def solve(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        return inverse_spline(first(y), first(signals, 2), self.bound).movedim(0, -1)


def first(values: Tensor, dimensions: int = 1) -> Tensor:
    """The last dimensions moved to the front, the very last foremost: (..., G, S) -> (S, G, ...)."""
    for position in range(dimensions):
        values = values.movedim(-1, position)
    return values.contiguous()


class Scaled(Univariate):
    """A straight line, then another function: the place and the width of a posterior, then its shape.

    Arguments:
        shape: The function that follows.
    """

    def __init__(self, shape: Univariate) -> None:
        super().__init__()
        self.line = Affine()
        self.shape = shape
        self.by_signal = shape.by_signal
        self.n_signals = self.line.n_signals + shape.n_signals

    def forward(self, x: Tensor, signals: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        for_line, for_shape = self._split(signals)
        between, log_scale = self.line(x, for_line, parameters)
        y, log_slope = self.shape(between, for_shape, parameters)
        return y, log_scale + log_slope

    def inverse(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        for_line, for_shape = self._split(signals)
        return self.line.inverse(self.shape.inverse(y, for_shape, parameters), for_line, parameters)

    def solve(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        for_line, for_shape = self._split(signals)
        return self.line.inverse(self.shape.solve(y, for_shape, parameters), for_line, parameters)

    def _split(self, signals: Tensor) -> tuple[Tensor, Tensor]:
        return signals[..., : self.line.n_signals], signals[..., self.line.n_signals :]
