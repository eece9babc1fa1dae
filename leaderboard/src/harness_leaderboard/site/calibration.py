"""How often the truth lies in central intervals of every level, from kept predictions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from harness.components import Challenge
from harness.data.posterior import Posterior
from harness.data.score_parts import MATCHED
from harness.metrics import interval_coverage

LEVELS = tuple(np.linspace(0.05, 0.95, 19).tolist())
BAND = 1.96  # standard errors on either side: 95%


def coverage_curve(prediction: Posterior, challenge: Challenge) -> NDArray[np.float64] | None:
    """The share of planets whose parameters lie in the central interval of each of `LEVELS` (19,).

    It is the mean over parameters, on the planets that rank; None where the parameters are not known.

    Arguments:
        prediction: of the test planets.
        challenge: whose they are.
    """
    test = challenge.test
    rows = test.partitions().get(MATCHED)
    chosen = test if rows is None else test[rows]
    samples = prediction if rows is None else prediction[rows]
    if chosen.truth.parameters is None:
        return None
    truth = chosen.truth.parameters.double()
    known = torch.isfinite(truth).all(-1)
    if not known.any():
        return None
    inside = interval_coverage(samples.samples[known], truth[known], LEVELS, samples.weights[known])
    return np.asarray(inside.double().mean(dim=(0, 2)))


def chance_band(planets: int) -> Sequence[tuple[float, float, float]]:
    """(level, low, high): where 95% of calibrated methods would be on so many planets, for one parameter."""
    ends = [0.0, *LEVELS, 1.0]
    width = [BAND * (level * (1 - level) / planets) ** 0.5 for level in ends]
    return [
        (level, max(level - half, 0.0), min(level + half, 1.0))
        for level, half in zip(ends, width, strict=True)
    ]
