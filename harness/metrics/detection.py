"""How well a number tells one kind of planet from another."""

from __future__ import annotations

import math

import torch
from torch import Tensor

RESAMPLES = 1000  # of the planets, for the standard error of `detection`


def placements(quiet: Tensor, strange: Tensor) -> tuple[Tensor, Tensor]:
    """Share of quiet planets below each strange one (n,), and of strange ones above each quiet one (m,).

    Ties count half. The mean of either is the area under the ROC curve, and their variances over planets,
    divided by the numbers of planets, add up to that of the area.

    Arguments:
        quiet: a number for each planet that should not alarm (m,), larger being stranger.
        strange: for each that should (n,).

    Reference:
        E. R. DeLong, D. M. DeLong and D. L. Clarke-Pearson, Comparing the areas under two or more correlated
        receiver operating characteristic curves, Biometrics 44, 837, 1988.
    """
    above = (torch.sign(strange.double()[:, None] - quiet.double()[None]) + 1) / 2
    return above.mean(dim=1), above.mean(dim=0)


def detection(quiet: Tensor, strange: Tensor, false_alarms: float, seed: int = 0) -> tuple[float, float]:
    """The share of strange planets found where a share of the quiet ones alarms, and its standard error.

    The error is the spread over planets of both kinds drawn anew with replacement: the threshold is uncertain
    too.

    Arguments:
        quiet: a number for each planet that should not alarm (m,), larger being stranger.
        strange: for each that should (n,).
        false_alarms: share of the quiet ones that alarm at most.
        seed: of the planets drawn.
    """
    quiet, strange = quiet.double().cpu(), strange.double().cpu()
    generator = torch.Generator().manual_seed(seed)
    first, second = (
        kind[torch.randint(len(kind), (RESAMPLES, len(kind)), generator=generator)]
        for kind in (quiet, strange)
    )
    found = _found(first, second, false_alarms)
    return float(_found(quiet[None], strange[None], false_alarms)), float(found.std(correction=1))


def _found(quiet: Tensor, strange: Tensor, false_alarms: float) -> Tensor:
    """The share found (R,), of R draws of quiet (R, m) and strange planets (R, n)."""
    allowed = math.floor(false_alarms * quiet.shape[1])
    threshold = quiet.sort(dim=1, descending=True).values[:, allowed]  # so many quiet ones are above it
    return (strange > threshold[:, None]).double().mean(dim=1)
