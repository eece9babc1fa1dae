"""The map that makes a uniform prior normal, with one parameter counted from each planet's own zero."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.distributions import Transform, constraints

from harness.transforms.planet_logit import PlanetLogit

FARTHEST = 8.0  # standard deviations: what a bound itself is mapped to


class PlanetProbit(Transform):
    """The probit of each parameter's position between its bounds, one about a planet's own centre.

    With a uniform prior u on (0, 1) the probit y = Phi^-1(u) is standard normal, as the base of a normalising
    flow is: a parameter that a spectrum says nothing about needs nothing learned. The one parameter is mapped
    by `harness.transforms.planet_logit.PlanetLogit`: close to the centre it is (x - centre) / spread.

    Arguments:
        bounds: (lower, upper) of each of the P parameters, in their units.
        relative: which parameter is counted from a centre.
        centre: of each planet (B,), in the parameter's unit.
        spread: its scale (B,), in the same unit; positive.
    """

    domain = constraints.real_vector
    codomain = constraints.real_vector
    bijective = True

    def __init__(
        self, bounds: Sequence[tuple[float, float]], relative: int, centre: Tensor, spread: Tensor
    ) -> None:
        super().__init__()
        self.lower, self.upper = torch.tensor(bounds, dtype=torch.float64).T
        self.relative = relative
        self.about = PlanetLogit([bounds[relative]], centre[:, None], spread[:, None])

    def _bounds(self, like: Tensor) -> tuple[Tensor, Tensor]:
        return self.lower.to(like), self.upper.to(like)

    def _one(self, values: Tensor) -> Tensor:
        return values[..., self.relative, None]

    def _with(self, values: Tensor, one: Tensor) -> Tensor:
        chosen = torch.arange(values.shape[-1], device=values.device) == self.relative
        return torch.where(chosen, one, values)

    def _call(self, x: Tensor) -> Tensor:
        lower, upper = self._bounds(x)
        # in float64: close to 1, float32 has nothing between 5 standard deviations and infinity
        position = ((x.double() - lower) / (upper - lower)).clamp(0, 1)
        y = torch.special.ndtri(position).clamp(-FARTHEST, FARTHEST).to(x.dtype)
        return self._with(y, self.about._call(self._one(x)))

    def _inverse(self, y: Tensor) -> Tensor:
        lower, upper = self._bounds(y)
        x = torch.clamp(lower + (upper - lower) * torch.special.ndtr(y), lower, upper)
        return self._with(x, self.about._inverse(self._one(y)))

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log |dy/dx| (B) or (B, n) at x with y = self(x)."""
        lower, upper = self._bounds(y)
        each = y**2 / 2 + math.log(2 * math.pi) / 2 - torch.log(upper - lower)
        others = self._with(each, torch.zeros_like(each[..., :1])).sum(-1)
        return others + self.about.log_abs_det_jacobian(self._one(x), self._one(y))
