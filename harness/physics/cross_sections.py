"""The absorption cross-sections of one molecule over wavenumber, temperature and pressure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CrossSections:
    """A table of absorption cross-sections as a file holds it; its values are read one pressure at a time.

    Arguments:
        molecule: plain formula, such as H2O.
        path: the file.
        format: the name of the file format.
        wavenumber: grid [cm-1], ascending (W,).
        temperature: grid [K], ascending (T,).
        pressure: grid [Pa], ascending (P,).
        read: index of a pressure -> cross-sections [cm2] (T, W).
        unsaid: what the file does not say and is taken as its format has it, such as "temperatures in K".
    """

    molecule: str
    path: Path
    format: str
    wavenumber: Array
    temperature: Array
    pressure: Array
    read: Callable[[int], Array]
    unsaid: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, grid, unit in (
            ("wavenumber", self.wavenumber, "cm-1"),
            ("temperature", self.temperature, "K"),
            ("pressure", self.pressure, "Pa"),
        ):
            check_grid(self.path, name, grid, unit)

    def at_pressure(self, index: int) -> Array:
        """Cross-sections [cm2] at one point of the pressure grid (T, W).

        Raises:
            HarnessError: the values cannot be read, have another shape, or are negative or not finite.
        """
        values = self.read(index)
        expected = (len(self.temperature), len(self.wavenumber))
        if values.shape != expected:
            raise HarnessError(
                f"{self.path} holds cross-sections of shape {values.shape} at pressure {index}, where its "
                f"grids ask for {expected} (temperatures, wavenumbers); the file is damaged, get it again."
            )
        for wrong, what in ((~np.isfinite(values), "not finite"), (values < 0, "negative")):
            if wrong.any():
                first = np.argwhere(wrong)[0]
                raise HarnessError(
                    f"{self.path} holds {int(wrong.sum())} cross-sections that are {what}, the first at "
                    f"{self.pressure[index]:.3g} Pa, {self.temperature[first[0]]:.4g} K and "
                    f"{self.wavenumber[first[1]]:.6g} cm-1; a cross-section is a number of at least 0 cm2."
                )
        return values

    def whole(self) -> Array:
        """Cross-sections [cm2] at all points of the pressure grid (P, T, W), in memory at once.

        Raises:
            HarnessError: as for `at_pressure`.
        """
        return np.stack([self.at_pressure(index) for index in range(len(self.pressure))])


def ascending(grid: Array) -> tuple[Array, slice]:
    """A grid that ascends or descends in ascending order, and the slice that brings its values there.

    Any other grid is left as it is.
    """
    order = slice(None, None, -1) if len(grid) > 1 and bool((np.diff(grid) < 0).all()) else slice(None)
    return grid[order], order


def check_grid(path: Path, name: str, grid: Array, unit: str) -> None:
    """Refuse a grid that is not at least two positive, finite, ascending numbers."""
    if grid.ndim != 1 or len(grid) < 2:
        raise HarnessError(
            f"The {name} grid of {path} has shape {grid.shape}; "
            "expected one dimension and at least two points."
        )
    if not np.isfinite(grid).all() or grid[0] <= 0:
        raise HarnessError(
            f"The {name} grid of {path} holds values that are not finite or not above 0 {unit}; "
            "the file is damaged, get it again."
        )
    steps = np.diff(grid)
    if not (steps > 0).all():
        at = int(np.argmax(steps <= 0))
        raise HarnessError(
            f"The {name} grid of {path} is not ascending: {grid[at]:.8g} {unit} is followed by "
            f"{grid[at + 1]:.8g} {unit}; sort the file's axes, up or down."
        )
