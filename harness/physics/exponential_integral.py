"""The exponential integral of second order, which torch lacks."""

from __future__ import annotations

import torch
from torch import Tensor

_SERIES_TERMS, _FRACTION_TERMS = 32, 40
_SPLIT = 2.0
_EULER = 0.57721566490153286


def exponential_integral(x: Tensor) -> Tensor:
    """E2(x), the integral of exp(-x t) / t^2 over t from 1, for x >= 0; to about 1e-14, differentiable.

    A power series up to x = 2, a continued fraction beyond.

    Reference:
        Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, equations 5.1.11, 5.1.14 and 5.1.22.
    """
    small = x.clamp(1e-300, _SPLIT)
    term, total = torch.ones_like(small), torch.zeros_like(small)
    for order in range(1, _SERIES_TERMS):
        term = term * (-small / order)
        total = total - term / order
    series = (-small).exp() - small * (total - _EULER - small.log())
    large = x.clamp(min=_SPLIT)
    fraction = torch.zeros_like(large)
    for order in range(_FRACTION_TERMS, 0, -1):
        fraction = order * (order + 1) / (large + 2 + 2 * order - fraction)
    return torch.where(x <= _SPLIT, series, (-large).exp() / (large + 2 - fraction))
