"""Parameters as normal quantiles of their uniform priors."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from harness.data.schema import Parameter

FARTHEST = 6.0  # standard deviations: beyond lie two draws of a thousand million


class NormalQuantiles:
    """Values between bounds <-> what is normal where they are uniform.

    Arguments:
        parameters: with the bounds of their priors (P,).
    """

    def __init__(self, parameters: tuple[Parameter, ...]) -> None:
        self._lower = torch.tensor([one.lower for one in parameters], dtype=torch.float64)
        self._upper = torch.tensor([one.upper for one in parameters], dtype=torch.float64)
        self.parameters = tuple(
            one.model_copy(update={"lower": -FARTHEST, "upper": FARTHEST}) for one in parameters
        )

    def of(self, values: Tensor) -> Tensor:
        """Quantiles (..., P) float64 of values (..., P), in their units."""
        position = ((values.double() - self._lower) / (self._upper - self._lower)).clamp(0, 1)
        places: Tensor = torch.special.ndtri(position).clamp(-FARTHEST, FARTHEST)
        return places

    def back(self, places: Tensor) -> Tensor:
        """The values (..., P) of quantiles (..., P)."""
        position: Tensor = torch.special.ndtr(places.double())
        return self._lower + (self._upper - self._lower) * position

    def log_slope(self, places: Tensor) -> Tensor:
        """log |d quantiles / d values| (...) at quantiles (..., P)."""
        each = places.square() / 2 + math.log(2 * math.pi) / 2 - (self._upper - self._lower).log()
        return each.sum(dim=-1)
