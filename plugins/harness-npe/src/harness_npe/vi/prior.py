"""Parameters whose prior is standard normal."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

FARTHEST = 7.0  # standard deviations, beyond which a bound is not told apart


class NormalPrior:
    """The uniform prior within bounds as a standard normal one, of u with theta = lower + width Phi(u).

    Arguments:
        bounds: (lower, upper) of each of the P parameters, in their units.
        device: where to compute.
    """

    def __init__(self, bounds: Sequence[tuple[float, float]], device: torch.device | None = None) -> None:
        self.lower, upper = torch.tensor(bounds, dtype=torch.float64, device=device).T
        self.width = upper - self.lower
        self.n_parameters = len(self.lower)

    def parameters(self, u: Tensor) -> Tensor:
        """In their units (..., P), float64."""
        values: Tensor = self.lower + self.width * torch.special.ndtr(u.double().clamp(-FARTHEST, FARTHEST))
        return values

    def normal(self, parameters: Tensor) -> Tensor:
        """The u (..., P) of parameters, float64."""
        position = ((parameters.double() - self.lower) / self.width).clamp(0, 1)
        u: Tensor = torch.special.ndtri(position).clamp(-FARTHEST, FARTHEST)
        return u

    def log_density(self, u: Tensor) -> Tensor:
        """Of u (..., P), standard normal (...)."""
        return -0.5 * (u.double().square().sum(-1) + self.n_parameters * math.log(2 * math.pi))

    def per_unit(self, u: Tensor) -> Tensor:
        """What to add to a log density of u for one per unit of each parameter (...)."""
        density: Tensor = -self.log_density(u) - self.width.log().sum()
        return density
