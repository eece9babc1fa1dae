"""Read collision-induced absorption in the format of HITRAN (H2-He_2011.cia)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError

Array = NDArray[np.float64]
FORMAT = "HITRAN CIA"
_CM5 = 1e-10  # m5


@dataclass(frozen=True, eq=False)
class CollisionInducedAbsorption:
    """Absorption coefficients of one pair of molecules, divided by the product of both densities.

    Arguments:
        pair: such as H2-He.
        path: the file.
        wavenumber: grid [cm-1], not descending (W,).
        temperature: grid [K], ascending (T,).
        values: [m5] (T, W).
    """

    pair: str
    path: Path
    wavenumber: Array
    temperature: Array
    values: Array

    def on(self, wavenumber: Array) -> Array:
        """Values [m5] (T, len(wavenumber)), linear in wavenumber [cm-1]; beyond the grid, its end values."""
        return np.stack([np.interp(wavenumber, self.wavenumber, row) for row in self.values])


@dataclass
class _Band:
    """The part of a file over one range of wavenumbers, at some of the temperatures."""

    wavenumber: Array
    rows: dict[float, Array]

    def complete(self, temperatures: list[float]) -> Array:
        """Values at all temperatures of the file (T, W).

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


def read_hitran_cia(path: Path) -> CollisionInducedAbsorption:
    """The collision-induced absorption in a HITRAN .cia file (Karman et al., Icarus 328, 160, 2019).

    Blocks of a header line (pair, first and last wavenumber, number of points, temperature, ...) and a line
    of wavenumber [cm-1] and value [cm5 molecule-2] for each point. Negative values, which come from
    measurement noise, count as zero.

    Raises:
        HarnessError: the file is empty, is cut short, or has a line that is not what it should be.
    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise HarnessError(
            f"{path} cannot be read as text ({error}); expected a HITRAN .cia file."
        ) from error
    bands: dict[tuple[float, float], _Band] = {}
    pairs: set[str] = set()
    at = 0
    while at < len(lines) and lines[at].strip():
        pair, first, last, points, temperature = _header(path, at, lines[at])
        pairs.add(pair)
        block = _block(path, at, lines[at + 1 : at + 1 + points], points)
        band = bands.setdefault((first, last), _Band(block[:, 0], {}))
        if not np.array_equal(band.wavenumber, block[:, 0]):
            raise HarnessError(
                f"{path} has two grids of wavenumber from {first:g} to {last:g} cm-1 that differ "
                f"(block at line {at + 1}); expected one grid for each range."
            )
        band.rows[temperature] = np.maximum(block[:, 1], 0) * _CM5
        at += 1 + points
    if len(pairs) != 1:
        raise HarnessError(
            f"{path} holds {len(pairs)} pairs of molecules ({', '.join(sorted(pairs)) or 'it is empty'}); "
            "expected a HITRAN .cia file of one pair."
        )
    temperatures = sorted({temperature for band in bands.values() for temperature in band.rows})
    wavenumber = np.concatenate([band.wavenumber for band in bands.values()])
    order = wavenumber.argsort()
    values = np.concatenate([band.complete(temperatures) for band in bands.values()], axis=1)
    return CollisionInducedAbsorption(
        pair=pairs.pop(),
        path=path,
        wavenumber=wavenumber[order],
        temperature=np.array(temperatures),
        values=values[:, order],
    )


def _header(path: Path, at: int, line: str) -> tuple[str, float, float, int, float]:
    words = line.split()
    try:
        first, last, points, temperature = float(words[1]), float(words[2]), int(words[3]), float(words[4])
    except (IndexError, ValueError):
        raise HarnessError(
            f"Line {at + 1} of {path} is no header of a block; expected pair, first and last wavenumber, "
            "number of points and temperature."
        ) from None
    if points < 1 or not temperature > 0 or len(words[0].split("-")) != 2:
        raise HarnessError(
            f"Line {at + 1} of {path} gives {points} points at {temperature:g} K for '{words[0]}'; "
            "expected a pair such as H2-He, at least one point, and a temperature above 0 K."
        )
    return words[0], first, last, points, temperature


def _block(path: Path, at: int, lines: list[str], points: int) -> Array:
    try:
        block = np.array([line.split()[:2] for line in lines], dtype=np.float64)
    except ValueError:
        block = np.empty((0, 2))
    if block.shape != (points, 2) or not np.isfinite(block).all() or (np.diff(block[:, 0]) < 0).any():
        raise HarnessError(
            f"The block at line {at + 1} of {path} is not {points} lines of ascending wavenumber and value; "
            "the file is truncated or damaged, get it again."
        )
    return block
