"""The ranges of wavenumber of collision-induced absorption, each at its own temperatures, made one table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from harness.physics.cross_sections import Array


@dataclass
class Band:
    """What is known over one range of wavenumbers.

    Arguments:
        wavenumber: grid [cm-1], not descending (W,).
        rows: values (W,) at some temperatures [K].
    """

    wavenumber: Array
    rows: dict[float, Array]

    def complete(self, temperatures: list[float]) -> Array:
        """Values at all these temperatures (T, W).

        As TauREx 3 fills them, one temperature after the other: below and above those that are there, zero;
        between two that are there, or have been filled before, linear.
        """
        rows = dict(self.rows)
        for temperature in temperatures:
            if temperature in rows:
                continue
            known = sorted(rows)
            if not known[0] < temperature < known[-1]:
                rows[temperature] = np.zeros_like(self.wavenumber)
                continue
            above = int(np.searchsorted(known, temperature))
            low, high = known[above - 1], known[above]
            share = (temperature - low) / (high - low)
            rows[temperature] = rows[low] + share * (rows[high] - rows[low])
        return np.stack([rows[temperature] for temperature in temperatures])


def joined(bands: list[Band]) -> tuple[Array, Array, Array]:
    """All bands as one table: wavenumber (W,), temperature (T,), values (T, W).

    Bands that do not overlap stand side by side, as in TauREx 3. Where some do, a temperature takes what its
    own band says, of several the one that comes first, and where it has none what the others give between
    their temperatures.
    """
    bands = sorted(bands, key=lambda band: band.wavenumber[0])
    temperatures = sorted({temperature for band in bands for temperature in band.rows})
    values = [band.complete(temperatures) for band in bands]
    overlap = any(one.wavenumber[-1] > other.wavenumber[0] for one, other in pairwise(bands))
    if overlap:
        grid = _with_ends(bands)
        table = np.stack([_row(bands, values, at, one, grid) for at, one in enumerate(temperatures)])
    else:
        grid = np.concatenate([band.wavenumber for band in bands])
        table = np.concatenate(values, axis=1)
    return grid, np.array(temperatures), table


def _with_ends(bands: list[Band]) -> Array:
    """The points of all bands, and one just outside each end, where a band stops at once."""
    ends = [
        (np.nextafter(band.wavenumber[0], -np.inf), np.nextafter(band.wavenumber[-1], np.inf))
        for band in bands
    ]
    grid: Array = np.unique(np.concatenate([*(band.wavenumber for band in bands), np.ravel(ends)]))
    return grid


def _row(bands: list[Band], values: list[Array], at: int, temperature: float, grid: Array) -> Array:
    """The values at one temperature (W,): bands of its own go before those that only surround it."""
    result = np.zeros_like(grid)
    filled = np.zeros(len(grid), dtype=bool)
    for own in (True, False):
        for band, rows in zip(bands, values, strict=True):
            between = min(band.rows) < temperature < max(band.rows)
            if (temperature in band.rows) is not own or not (own or between):
                continue
            inside = (grid >= band.wavenumber[0]) & (grid <= band.wavenumber[-1]) & ~filled
            result[inside] = np.interp(grid[inside], band.wavenumber, rows[at])
            filled |= inside
    return result
