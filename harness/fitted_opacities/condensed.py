"""Cross-sections on a short grid of wavenumbers that gives the same channel averages as their own.

Opacity files carry thousands of wavenumbers, and a channel's average depends on a few of them only (see
`harness.physics.reduced_model`). Here every channel gets as many wavenumbers, evenly spaced, and each of
these takes its cross-sections over from a wavenumber nearby; which one, is chosen so that the plain averages
of the short grid are those of the long one. What results is a set of opacity files like any other, which
needs no weights beside it, and is both quick to compute with and small enough to be learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.physics import TransmissionModel
from harness.physics.binning import channel_edges, overlap_binning
from harness.physics.cross_sections import Array, CrossSections
from harness.physics.native_grid import Regridding
from harness.physics.reduced_model import sample_depths

Places = NDArray[np.intp]

POINTS = 20  # of each channel
# How far from its place a point may take its cross-sections, of its wavenumber: Rayleigh scattering, which
# stays where it is, changes by less than a tenth over that.
NEARBY = 0.02
ATMOSPHERES = 1000  # drawn to choose by
FAINT = 0.1  # of a spectrum's mean: below this a channel's error is not counted in proportion any more
SWEEPS = 12  # over the points of a channel, at most


def short_grid(wavelength: Sequence[float], width: Sequence[float], points: int = POINTS) -> Array:
    """So many wavenumbers [cm-1] evenly in each channel, and one more on either side of a gap (S,).

    Arguments:
        wavelength: channel centres [um].
        width: channel widths [um].
    """
    low, high = channel_edges(np.asarray(wavelength), np.asarray(width), "first-order")
    step = (high - low) / points
    inside = low[:, None] + step[:, None] * (np.arange(points) + 0.5)
    beyond = np.concatenate([low - step / 2, high + step / 2])
    within = ((beyond[:, None] > low) & (beyond[:, None] < high)).any(axis=1)
    # files of one set must reach beyond the channels, however their ends are reckoned
    exact_low, exact_high = channel_edges(np.asarray(wavelength), np.asarray(width), "exact")
    ends = [0.99 * min(low.min(), exact_low.min()), 1.01 * max(high.max(), exact_high.max())]
    return np.unique(np.concatenate([inside.ravel(), beyond[~within], ends]))


def condense(
    full: TransmissionModel,
    tables: Sequence[CrossSections],
    wavelength: Sequence[float],
    width: Sequence[float],
    points: int = POINTS,
    least: float = 0.0,
) -> list[CrossSections]:
    """The tables on a short grid; values are in memory, in the order of the tables.

    Arguments:
        full: a model on the tables, on their own grid; one of few layers will do.
        tables: cross-sections of the model's gases.
        wavelength: channel centres [um] (C,).
        width: channel widths [um] (C,).
        points: of each channel.
        least: cross-section [cm2] to which smaller ones are raised.

    Raises:
        HarnessError: the tables do not cover a channel, or have fewer wavenumbers than the short grid.
    """
    grid = short_grid(wavelength, width, points)
    native = full.wavenumber.cpu().numpy()
    if len(native) <= len(grid):
        raise HarnessError(
            f"The opacities have {len(native)} wavenumbers, which is no more than the {len(grid)} that a fit "
            "begins with; give finer ones."
        )
    chosen = _choice(full, native, grid, np.asarray(wavelength), np.asarray(width))
    return [_taken_over(table, native, grid, chosen, least) for table in tables]


def _choice(full: TransmissionModel, native: Array, grid: Array, wavelength: Array, width: Array) -> Places:
    """For each point of the short grid the native point that it takes its cross-sections from (S,)."""
    depths = sample_depths(full, ATMOSPHERES)
    long, short = (overlap_binning(one, wavelength, width) for one in (native, grid))
    low, high = channel_edges(wavelength, width, "first-order")
    chosen: Places = np.clip(np.searchsorted(native, grid), 0, len(native) - 1)
    settled = np.ones(len(grid), dtype=bool)  # as are the points that reach into two channels, or into none
    settled[short.points] = (short.weights > 0).sum(axis=1) != 1
    for channel in np.argsort(high - low):
        shares = np.zeros(len(grid))
        shares[short.points] = short.weights[:, channel]
        target = depths[:, long.points] @ long.weights[:, channel]
        own = 1 / (target[:, None] + FAINT)
        free = np.flatnonzero((shares > 0) & ~settled)
        fixed = np.flatnonzero((shares > 0) & settled)
        target = target - depths[:, chosen[fixed]] @ shares[fixed]
        reach = max(NEARBY * low[channel], float(np.diff(native).max()))
        inside = np.flatnonzero((native > low[channel]) & (native < high[channel]))
        if len(inside):  # else it is narrower than the steps of the long grid, and the next point will do
            away = np.abs(native[inside] - grid[free, None])
            chosen[free] = inside[
                _exchange(depths[:, inside] * own, target * own[:, 0], shares[free], away, reach)
            ]
        settled[free] = True
    return chosen


def _exchange(candidates: Array, target: Array, shares: Array, away: Array, reach: float) -> Places:
    """Which candidate each point takes, so that their weighted sum is nearest to the target (points,).

    One point after the other takes the best while the others keep theirs, until none changes.

    Arguments:
        candidates: depths of sampled atmospheres (A, M).
        target: the sum to meet (A,).
        shares: weight of each point in the sum (points,).
        away: how far each candidate is from each point (points, M).
        reach: the farthest that a point may take.
    """
    gram = candidates.T @ candidates
    length = np.diagonal(gram)
    near = away <= reach
    taken: Places = np.argmin(away, axis=1)
    rest = candidates.T @ target - gram[:, taken] @ shares
    for _ in range(SWEEPS):
        before = taken.copy()
        for point, share in enumerate(shares):
            rest = rest + share * gram[:, taken[point]]
            error = share * length - 2 * rest
            taken[point] = int(np.argmin(np.where(near[point], error, np.inf)))
            rest = rest - share * gram[:, taken[point]]
        if np.array_equal(before, taken):
            break
    return taken


def _taken_over(
    table: CrossSections, native: Array, grid: Array, chosen: Places, least: float
) -> CrossSections:
    regrid = Regridding(table, native)
    values = np.stack([regrid(table.at_pressure(index))[:, chosen] for index in range(len(table.pressure))])
    values = np.maximum(values, least)
    return replace(table, wavenumber=grid, read=values.__getitem__)
