"""The scores of the single test planets of a run, as its folder has them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.runs.home import PER_PLANET
from harness.untrusted.files import require_file

PLANET, PARTITION = "planet_ID", "partition"  # columns beside those of the scorers


@dataclass(frozen=True)
class ScoreTable:
    """Scores of N planets.

    Attributes:
        planets: names (N,).
        partitions: the kind of each, empty where planets are of one kind, and in runs of older versions (N,).
        scores: of each scorer by its name (N,), NaN where a planet was not scored.
        parts: of the first scorer's parts, as "SCORER/PART" (N,); none in runs of older versions.
    """

    planets: tuple[str, ...]
    partitions: tuple[str, ...]
    scores: dict[str, tuple[float, ...]]
    parts: dict[str, tuple[float, ...]]

    @classmethod
    def read(cls, folder: Path) -> ScoreTable:
        """Of the run in a folder.

        Raises:
            HarnessError: the file is missing or damaged.
        """
        path = folder / PER_PLANET
        require_file(path, "the run's folder is not complete, run it again")
        try:
            with path.open(newline="", encoding="utf-8") as file:
                header, *rows = csv.reader(file, strict=True)
            if any(len(row) != len(header) for row in rows) or len(set(header)) < len(header):
                raise ValueError("its lines are not as long as its header")
            columns = {name: tuple(row[place] for row in rows) for place, name in enumerate(header)}
            planets = columns.pop(PLANET)
            partitions = columns.pop(PARTITION, ("",) * len(planets))
            numbers = {name: tuple(map(float, words)) for name, words in columns.items()}
        except (ValueError, KeyError, csv.Error) as error:
            reason = f"it has no column {error}" if isinstance(error, KeyError) else error
            raise HarnessError(
                f"{path} is damaged ({reason}); copy it again from where it is whole, or repeat the run with "
                "'harness rerun'."
            ) from error
        parts = {name: column for name, column in numbers.items() if "/" in name}
        scores = {name: column for name, column in numbers.items() if name not in parts}
        return cls(planets, partitions, scores, parts)
