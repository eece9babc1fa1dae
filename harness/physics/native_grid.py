"""The wavenumbers at which the model is evaluated, and cross-sections brought onto them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.errors import HarnessError
from harness.physics.cross_sections import Array, CrossSections


def native_grid(tables: Sequence[CrossSections], resolution: float | None = None) -> Array:
    """Wavenumbers [cm-1] of the model, ascending: those of the table with the most, the first of equals.

    Arguments:
        tables: cross-sections of at least one gas.
        resolution: thin the grid to about this wavelength over its step, by taking the points nearest to a
            grid even in log wavenumber (opacity sampling). None keeps every point.

    Raises:
        HarnessError: the resolution is not above 0 or leaves fewer than two points.
    """
    grid = max(tables, key=lambda table: len(table.wavenumber)).wavenumber
    if resolution is None:
        return grid
    if not resolution > 0:
        raise HarnessError(f"The resolution {resolution:g} is not above 0; expected a number such as 3000.")
    steps = int(np.log(grid[-1] / grid[0]) * resolution)
    if steps >= 2 * len(grid):
        return grid
    wanted = np.geomspace(grid[0], grid[-1], steps + 1)
    above = np.clip(np.searchsorted(grid, wanted), 1, len(grid) - 1)
    nearer_below = wanted - grid[above - 1] < grid[above] - wanted
    chosen = np.unique(np.where(nearer_below, above - 1, above))
    if len(chosen) < 2:
        raise HarnessError(
            f"The resolution {resolution:g} leaves fewer than two of the {len(grid)} points of the opacity "
            "grid; choose a higher one."
        )
    thinned: Array = grid[chosen]
    return thinned


class Regridding:
    """Linear interpolation of one table's cross-sections onto the model's grid, as TauREx 3 does it.

    A table that has the very points of the model's grid keeps its values. Another is interpolated between
    those of its points that lie within the grid; beyond the first and the last of them its values are zero.

    Raises:
        HarnessError: the table has no point within the grid.
    """

    def __init__(self, table: CrossSections, grid: Array) -> None:
        within = np.flatnonzero((table.wavenumber >= grid[0]) & (table.wavenumber <= grid[-1]))
        if not len(within):
            raise HarnessError(
                f"The wavenumbers of {table.path} ({table.wavenumber[0]:.6g} to "
                f"{table.wavenumber[-1]:.6g} cm-1) lie outside those of the other molecules "
                f"({grid[0]:.6g} to {grid[-1]:.6g} cm-1); the files of one directory must overlap."
            )
        own = table.wavenumber[within]
        self._within = slice(int(within[0]), int(within[-1]) + 1)
        self._same = np.array_equal(own, grid)
        self._picked = None
        if not self._same:
            positions = np.clip(np.searchsorted(own, grid), 0, len(own) - 1)
            if np.array_equal(own[positions], grid):
                self._picked = positions
        self._own, self._grid = own, grid

    def __call__(self, values: Array) -> Array:
        """Cross-sections (T, W) of the table -> (T, len(grid))."""
        inside = values[:, self._within]
        if self._same:
            return inside
        if self._picked is not None:
            return inside[:, self._picked]
        return np.stack([np.interp(self._grid, self._own, row, left=0.0, right=0.0) for row in inside])
