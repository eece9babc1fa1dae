"""Tables beside the planets of a directory that give each a label: its split, or its partition.

The release does not have them. Our writer adds them, so that a challenge that was written and read
again is split as before; programs that do not know them see plain planets.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.challenges.ariel2023.layout import PLANET_ID
from harness.errors import HarnessError
from harness.files.planet_table import read_text_table


def read_labels(
    path: Path, planets: Sequence[str], column: str, allowed: Sequence[str] | None = None
) -> NDArray[np.str_]:
    """The label of each planet (N,).

    Arguments:
        path: the table, with the columns planet_ID and `column`.
        planets: the planets that it must list, each once, in any order.
        column: what the label is called.
        allowed: the labels that may occur; any if None.

    Raises:
        HarnessError: a planet is missing, unknown or there twice, or a label is not allowed or empty.
    """
    table = read_text_table(path)
    header, expected = list(table.columns), [PLANET_ID, column]
    if header != expected:
        raise HarnessError(f"{path} has the columns {', '.join(header)}; expected {', '.join(expected)}.")
    label_of = dict(table.itertuples(index=False, name=None))
    if len(label_of) != len(table):
        raise HarnessError(f"{path} lists a planet twice; a planet id must be unique.")
    differing = sorted(set(planets).symmetric_difference(label_of))
    if differing:
        raise HarnessError(
            f"{path} and the other tables beside it differ in planet {differing[0]}; "
            "all must hold the same planets."
        )
    for planet, label in label_of.items():
        if not label or (allowed is not None and label not in allowed):
            wanted = " or ".join(allowed) if allowed is not None else "a name"
            raise HarnessError(f"{path}, planet {planet}: {column} is '{label}'; expected {wanted}.")
    return np.array([label_of[planet] for planet in planets], dtype=np.str_)


def write_labels(path: Path, column: str, labelled: Iterable[tuple[str, str]]) -> None:
    """Write (planet, label) pairs under the columns planet_ID and `column`."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([PLANET_ID, column])
        writer.writerows(labelled)
