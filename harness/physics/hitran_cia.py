"""Read collision-induced absorption in the format of HITRAN (H2-He_2011.cia)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.physics.cia_bands import Band, joined
from harness.physics.cross_sections import ascending
from harness.untrusted.files import MOST_OF_A_TEXT, read_text

Array = NDArray[np.float64]
FORMAT = "HITRAN CIA"
_CM5 = 1e-10  # m5

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?"
_FREE = re.compile(rf"\s*(\S.*?)\s+({_NUMBER})\s+({_NUMBER})\s+(\d+)\s+({_NUMBER})(?:\s|$)")
_COLUMNS = (20, 30, 40, 47, 54)  # where the fields of HITRAN's header end, which may touch each other

# how a label says at which ratio of its spin states a gas was measured: eq-H2 -- eq-H2, H2-CH4 (norm)
_SPINS = ("eq", "equilibrium", "n", "norm", "normal", "p", "para", "o", "ortho")


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


def read_hitran_cia(path: Path) -> CollisionInducedAbsorption:
    """The collision-induced absorption in a HITRAN .cia file (Karman et al., Icarus 328, 160, 2019).

    Blocks of a header line (pair, first and last wavenumber, number of points, temperature, ...) and a line
    of wavenumber [cm-1] and value [cm5 molecule-2] for each point. Negative values, which come from
    measurement noise, count as zero. Empty lines, and those that begin with # or !, are passed over.

    Raises:
        HarnessError: the file is empty, is cut short, or has a line that is not what it should be.
    """
    lines = _lines(path)
    bands: dict[tuple[float, float], Band] = {}
    pairs: set[str] = set()
    at = 0
    while at < len(lines):
        number, line = lines[at]
        pair, first, last, points, temperature = _header(path, number, line)
        pairs.add(pair)
        block = _block(path, number, [text for _, text in lines[at + 1 : at + 1 + points]], points)
        band = bands.setdefault((first, last), Band(block[:, 0], {}))
        if not np.array_equal(band.wavenumber, block[:, 0]):
            raise HarnessError(
                f"{path} has two grids of wavenumber from {first:g} to {last:g} cm-1 that differ "
                f"(block at line {number}); expected one grid for each range."
            )
        band.rows[temperature] = np.maximum(block[:, 1], 0) * _CM5
        at += 1 + points
    if len(pairs) != 1:
        raise HarnessError(
            f"{path} holds {len(pairs)} pairs of molecules ({', '.join(sorted(pairs)) or 'it is empty'}); "
            "expected a HITRAN .cia file of one pair."
        )
    wavenumber, temperatures, values = joined(list(bands.values()))
    return CollisionInducedAbsorption(pairs.pop(), path, wavenumber, temperatures, values)


def pair_name(label: str) -> str | None:
    """The pair that a label names, such as H2-H2 for "eq-H2 -- eq-H2", or None if it names none."""
    words = [word for word in re.findall(r"[A-Za-z0-9+]+", label) if word not in _SPINS]
    return "-".join(words) if len(words) == 2 else None


def _lines(path: Path) -> list[tuple[int, str]]:
    """The lines that say something, with their numbers."""
    try:
        lines = read_text(path, MOST_OF_A_TEXT).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise HarnessError(
            f"{path} cannot be read as text ({error}); expected a HITRAN .cia file."
        ) from error
    return [
        (number, line)
        for number, line in enumerate(lines, start=1)
        if line.strip() and line.lstrip()[0] not in "#!"
    ]


def _header(path: Path, number: int, line: str) -> tuple[str, float, float, int, float]:
    free = _FREE.match(line)
    starts = (0, *_COLUMNS[:-1])
    fields = free.groups() if free else [line[a:b] for a, b in zip(starts, _COLUMNS, strict=True)]
    try:
        label, first, last, points, temperature = (
            fields[0].strip(),
            float(fields[1]),
            float(fields[2]),
            int(fields[3]),
            float(fields[4]),
        )
    except ValueError:
        raise HarnessError(
            f"Line {number} of {path} is no header of a block; expected pair, first and last wavenumber, "
            "number of points and temperature."
        ) from None
    pair = pair_name(label)
    if points < 1 or not temperature > 0 or pair is None:
        raise HarnessError(
            f"Line {number} of {path} gives {points} points at {temperature:g} K for '{label}'; "
            "expected a pair such as H2-He, at least one point, and a temperature above 0 K."
        )
    return pair, first, last, points, temperature


def _block(path: Path, number: int, lines: list[str], points: int) -> Array:
    try:
        block = np.array([line.split()[:2] for line in lines], dtype=np.float64)
    except ValueError:
        block = np.empty((0, 2))
    if block.shape == (points, 2):
        block = block[ascending(block[:, 0])[1]]
    if block.shape != (points, 2) or not np.isfinite(block).all() or (np.diff(block[:, 0]) < 0).any():
        raise HarnessError(
            f"The block at line {number} of {path} is not {points} lines of wavenumber, all the way up "
            "or down, and value; the file is truncated or damaged, get it again."
        )
    return block
