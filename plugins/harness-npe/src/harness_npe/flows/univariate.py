"""Increasing functions of one parameter, whose coefficients a conditioner gives."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from zuko.transforms import MonotonicRQSTransform

MIN_SLOPE = 1e-3  # least slope of a transformation, and the inverse of its largest


class Univariate(nn.Module, ABC):
    """An increasing function from the real line onto itself, one for each parameter.

    Attributes:
        n_signals: The number of coefficients S that it takes for each parameter.
    """

    n_signals: int

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

    def __init__(self, bins: int, bound: float) -> None:
        super().__init__()
        self.bins = bins
        self.bound = bound
        self.n_signals = 3 * bins - 1

    def forward(self, x: Tensor, signals: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        value, log_slope = self._transform(signals).call_and_ladj(x)
        return value, log_slope

    def inverse(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        """Solve the quadratic of the bin that y lies in (Durkan et al. 2019, equations 6 to 8)."""
        spline = self._transform(signals)
        k = spline.searchsorted(spline.vertical, y) - 1
        inside, x0, x1, y0, y1, slope0, slope1, slope = spline.bin(k)
        offset = inside * (y - y0)
        bend = slope0 + slope1 - 2 * slope
        a = (y1 - y0) * (slope - slope0) + offset * bend
        b = (y1 - y0) * slope0 - offset * bend
        c = -slope * offset
        # rounding takes the discriminant below zero where the slopes differ by orders of magnitude
        discriminant = (b * b - 4 * a * c).clamp(min=0)
        fraction = -2 * c / (b + discriminant.sqrt())
        return torch.where(inside, x0 + fraction * (x1 - x0), y)

    def _transform(self, signals: Tensor) -> MonotonicRQSTransform:
        widths, heights, derivatives = torch.split(signals, [self.bins, self.bins, self.bins - 1], dim=-1)
        return MonotonicRQSTransform(widths, heights, derivatives, bound=self.bound, slope=MIN_SLOPE)


class Scaled(Univariate):
    """A straight line, then another function: the place and the width of a posterior, then its shape.

    Arguments:
        shape: The function that follows.
    """

    def __init__(self, shape: Univariate) -> None:
        super().__init__()
        self.line = Affine()
        self.shape = shape
        self.n_signals = self.line.n_signals + shape.n_signals

    def forward(self, x: Tensor, signals: Tensor, parameters: Tensor) -> tuple[Tensor, Tensor]:
        for_line, for_shape = self._split(signals)
        between, log_scale = self.line(x, for_line, parameters)
        y, log_slope = self.shape(between, for_shape, parameters)
        return y, log_scale + log_slope

    def inverse(self, y: Tensor, signals: Tensor, parameters: Tensor) -> Tensor:
        for_line, for_shape = self._split(signals)
        return self.line.inverse(self.shape.inverse(y, for_shape, parameters), for_line, parameters)

    def _split(self, signals: Tensor) -> tuple[Tensor, Tensor]:
        return signals[..., : self.line.n_signals], signals[..., self.line.n_signals :]
