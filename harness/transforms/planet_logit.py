"""The invertible map between parameters and an unbounded space that is centred on each planet."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.distributions import Transform, constraints

from harness.transforms.bounded_logit import BoundedLogit

# Centres are kept this far, as a share of the range, from both bounds, where the logit has no end.
MARGIN = 0.005


class PlanetLogit(Transform):
    """The distance of each parameter from what a planet is expected to have, for tensors (B, P) or (B, n, P).

    With l(x) the logit of a parameter's position between its bounds, c the expected value of a planet and s
    how far it may be off,

        y = (l(x) - l(c)) / (s l'(c)),

    which close to c is (x - c) / s, and every y maps back inside the bounds. A parameter of which nothing is
    expected has c in the middle of its bounds and s a quarter of their distance: that is the plain logit.

    Arguments:
        bounds: (lower, upper) of each of the P parameters, in their units.
        centre: the expected value of each planet's parameters (B, P), in their units; brought inside the
            bounds where it is not.
        spread: how far each may be off (B, P), in their units; positive.
    """

    domain = constraints.real_vector
    codomain = constraints.real_vector
    bijective = True

    def __init__(self, bounds: Sequence[tuple[float, float]], centre: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.bounded = BoundedLogit(bounds)
        lower, upper = (bound.to(centre.device) for bound in (self.bounded.lower, self.bounded.upper))
        position = ((centre.double() - lower) / (upper - lower)).clamp(MARGIN, 1 - MARGIN)
        self.shift = torch.logit(position)
        self.stretch = spread.double() / ((upper - lower) * position * (1 - position))

    def _for(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """Shift and stretch of each planet, shaped and typed to meet values (B, P) or (B, n, P)."""
        shift, stretch = self.shift.to(values), self.stretch.to(values)
        if values.ndim == 3:
            return shift[:, None], stretch[:, None]
        return shift, stretch

    def _call(self, x: Tensor) -> Tensor:
        shift, stretch = self._for(x)
        logit: Tensor = self.bounded(x)
        return (logit - shift) / stretch

    def _inverse(self, y: Tensor) -> Tensor:
        shift, stretch = self._for(y)
        return self.bounded._inverse(shift + stretch * y)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log |dy/dx| (B) or (B, n) at x with y = self(x)."""
        shift, stretch = self._for(y)
        return self.bounded.log_abs_det_jacobian(x, shift + stretch * y) - stretch.log().sum(-1)
