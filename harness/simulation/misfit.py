"""Reference posteriors displaced from the truth, as those of the Ariel Data Challenge 2023 are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from harness.challenges.ariel2023.grid import PARAMETERS
from harness.metrics import weighted_median

GAS_DISPLACEMENT = 1.43  # dex, root mean square of the medians against the truth
RADIUS_OVERCONFIDENCE = 16.0  # error of the radius over the posterior's own standard deviation
RADIUS = 0  # column
BOUNDS = tuple((parameter.lower, parameter.upper) for parameter in PARAMETERS)
GASES = tuple(column for column, parameter in enumerate(PARAMETERS) if parameter.name.startswith("log_"))

# distance from a bound, as a share of the range, that a median keeps and that a sample on it is given
_MARGIN, _SMALLEST = 0.01, 1e-9


def displace(
    values: Tensor,
    weights: Tensor,
    parameters: Tensor,
    generator: np.random.Generator,
    *,
    gases: float = GAS_DISPLACEMENT,
    radius: float = RADIUS_OVERCONFIDENCE,
    bounds: Sequence[tuple[float, float]] = BOUNDS,
) -> Tensor:
    """Move one planet's trace so that it is wrong about radius and gases, and as sure as before.

    In the release, medians of the gases lie 1.43 dex (root mean square) from the parameters behind the
    spectrum, and the radius 16 of its own standard deviations. Here the median of each gas is moved to the
    truth plus a normal deviate of `gases` dex, that of the radius to the truth plus a normal deviate of
    `radius` standard deviations, folded back where that leaves the bounds. Radii all move
    by the same amount, and stop at the bounds; gases, whose traces are wide, move by the same amount on the
    logistic scale between the bounds, so that none leaves them. Weights and temperature stay.

    Arguments:
        values: samples (M, 7) in physical units.
        weights: their weights (M,).
        parameters: what made the spectrum (7,).
        generator: draws one number for the radius and one for each gas.
        gases: [dex].
        radius: [standard deviations of this trace].
        bounds: (lower, upper) of each column.

    Returns:
        samples (M, 7), new.
    """
    moved = values.clone()
    deviates = generator.standard_normal(1 + len(GASES))
    share = weights.double() / weights.double().sum()
    for column, deviate in zip((RADIUS, *GASES), deviates.tolist(), strict=True):
        lower, upper = bounds[column]
        samples = values[:, column].double()
        scale = gases
        if column == RADIUS:
            mean = (share * samples).sum()
            scale = radius * float((share * (samples - mean) ** 2).sum().sqrt())
        target = _fold(float(parameters[column]) + scale * deviate, lower, upper)
        if column == RADIUS:
            moved[:, column] = (samples + target - _median(samples, share)).clamp(lower, upper)
            continue
        place = ((samples - lower) / (upper - lower)).clamp(_SMALLEST, 1 - _SMALLEST).logit()
        wanted = torch.tensor((target - lower) / (upper - lower), dtype=torch.float64).logit()
        shifted = (place + wanted - _median(place, share)).sigmoid()
        moved[:, column] = (lower + (upper - lower) * shifted).to(values.dtype)
    return moved


def _fold(value: float, lower: float, upper: float) -> float:
    """The value mirrored at the bounds, a little inside them, until it lies between."""
    margin = _MARGIN * (upper - lower)
    low, span = lower + margin, upper - lower - 2 * margin
    position = (value - low) % (2 * span)
    return low + min(position, 2 * span - position)


def _median(samples: Tensor, share: Tensor) -> Tensor:
    return weighted_median(samples[:, None], share)[0]
