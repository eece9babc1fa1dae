"""The invertible map between parameters inside their prior bounds and an unbounded space."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.distributions import Transform, constraints
from torch.nn.functional import logsigmoid


class BoundedLogit(Transform):
    """The logit of each parameter's position between its bounds, for tensors (..., P).

    Values on a bound map to a large finite number, and every unbounded value maps back inside:
    the inverse is clamped, because rounding alone would leave the bounds by one unit in the last
    place.

    Arguments:
        bounds: (lower, upper) of each of the P parameters, in their units.
    """

    domain = constraints.real_vector
    codomain = constraints.real_vector
    bijective = True

    def __init__(self, bounds: Sequence[tuple[float, float]]) -> None:
        super().__init__()
        self.lower, self.upper = torch.tensor(bounds, dtype=torch.float64).T

    def _bounds(self, like: Tensor) -> tuple[Tensor, Tensor]:
        return self.lower.to(like), self.upper.to(like)

    def _call(self, x: Tensor) -> Tensor:
        lower, upper = self._bounds(x)
        return torch.logit((x - lower) / (upper - lower), eps=torch.finfo(x.dtype).eps)

    def _inverse(self, y: Tensor) -> Tensor:
        lower, upper = self._bounds(y)
        return torch.clamp(lower + (upper - lower) * torch.sigmoid(y), lower, upper)

    def log_abs_det_jacobian(self, x: Tensor, y: Tensor) -> Tensor:
        """log |dy/dx| (...) at x (..., P) with y = self(x)."""
        lower, upper = self._bounds(y)
        return -(torch.log(upper - lower) + logsigmoid(y) + logsigmoid(-y)).sum(-1)
