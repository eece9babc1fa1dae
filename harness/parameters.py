"""The invertible map between parameters inside their prior bounds and an unbounded space."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch.distributions import transforms


def bounded_transform(bounds: Sequence[tuple[float, float]]) -> transforms.Transform:
    """The logit of each parameter's position between its bounds.

    Values on a bound map to a large finite number, and every unbounded value maps back inside.

    Arguments:
        bounds: (lower, upper) of each of the P parameters.

    Returns:
        a transform of (..., P) float64 or float32 tensors, whose log-determinant has shape (...).
    """
    lower, upper = torch.tensor(bounds, dtype=torch.float64).T
    width = upper - lower
    to_unit = transforms.AffineTransform(-lower / width, 1 / width)
    return transforms.IndependentTransform(
        transforms.ComposeTransform([to_unit, transforms.SigmoidTransform().inv]), 1
    )
