"""The table beside the training planets that says which of them are for what.

The release does not have it. Our writer adds it, so that a challenge that was written and read
again is split as before; programs that do not know it see plain training planets.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.challenges.ariel2023_layout import PLANET_ID
from harness.challenges.planet_table import rows_of
from harness.errors import HarnessError

HEADER = [PLANET_ID, "split"]


def read_splits(path: Path, planets: Sequence[str], names: Sequence[str]) -> dict[str, NDArray[np.intp]]:
    """The positions of the planets of each split, ascending.

    Arguments:
        path: the table.
        planets: the planets that it must list, each once.
        names: the splits that may occur.

    Raises:
        HarnessError: a planet is missing or unknown, or a split is.
    """
    header, *rows = rows_of(path)
    if header != HEADER:
        raise HarnessError(f"{path} has the columns {', '.join(header)}; expected {', '.join(HEADER)}.")
    split_of = {row[0]: row[1] for row in rows}
    if len(split_of) != len(rows):
        raise HarnessError(f"{path} lists a planet twice; a planet id must be unique.")
    differing = sorted(set(planets).symmetric_difference(split_of))
    if differing:
        raise HarnessError(
            f"{path} and the other tables beside it differ in planet {differing[0]}; "
            "all must hold the same planets."
        )
    for planet, split in split_of.items():
        if split not in names:
            raise HarnessError(f"{path}, planet {planet}: split is '{split}'; expected {' or '.join(names)}.")
    of_planet = np.array([split_of[planet] for planet in planets])
    return {name: np.flatnonzero(of_planet == name) for name in names}


def write_splits(path: Path, planets: Mapping[str, Sequence[str]]) -> None:
    """Write the planets of each split."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows((planet, name) for name, listed in planets.items() for planet in listed)
