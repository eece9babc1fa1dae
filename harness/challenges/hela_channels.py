"""Channel widths for HELA's sets, whose format has centres alone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_GAP = 3.0  # a neighbour so many times further away than the other is beyond a gap


def channel_widths(wavelength: Array) -> Array | None:
    """Widths that reach half way to both neighbours; None where the centres are in no order.

    Centres go up or down, or do so one instrument after the other, each of at least two channels; the
    ranges of instruments may overlap. At the ends, and at a gap, a channel is as wide on the far side as on
    the side of its nearer neighbour.

    Arguments:
        wavelength: channel centres (W,).
    """
    if len(wavelength) == 1:
        return wavelength.copy()  # one channel and nothing to compare it with
    steps = np.diff(wavelength)
    direction = 1.0 if np.count_nonzero(steps > 0) >= len(steps) / 2 else -1.0
    starts = np.flatnonzero(steps * direction <= 0) + 1
    instruments = [wavelength[one:other] for one, other in pairwise([0, *starts, len(wavelength)])]
    if any(len(instrument) < 2 for instrument in instruments):
        return None
    return np.concatenate([_widths(instrument) for instrument in instruments])


def _widths(wavelength: Array) -> Array:
    steps = np.abs(np.diff(wavelength))
    before, after = np.append(steps[0], steps), np.append(steps, steps[-1])
    nearer, further = np.minimum(before, after), np.maximum(before, after)
    widths: Array = np.where(further > _GAP * nearer, nearer, (before + after) / 2)
    return widths
