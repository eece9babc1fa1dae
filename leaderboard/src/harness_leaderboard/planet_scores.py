"""The scores of single planets of every run, beside the runs in the store.

They come from the table `scores.csv` in a run's folder, and are there when the folder is no longer.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import HarnessError
from harness.runs.home import PER_PLANET
from harness.runs.score_table import ScoreTable
from harness_leaderboard.connections import reading, writing
from harness_leaderboard.folders import run_folder
from harness_leaderboard.store import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.data.record import RunRecord

AT_ONCE = 500  # runs asked for in one query


@dataclass(frozen=True)
class Planets:
    """The test planets of a run.

    Attributes:
        names: of each (N,).
        kinds: the partition of each, empty where they are of one kind (N,).
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class PlanetScores:
    """The scores of one run.

    Attributes:
        planets: whose.
        values: of each scorer by its name (N,), NaN where a planet was not scored.
    """

    planets: Planets
    values: Mapping[str, NDArray[np.float64]]

    @classmethod
    def read(cls, folder: Path) -> PlanetScores:
        """Those in the folder of a run.

        Raises:
            HarnessError: the table is missing or damaged.
        """
        table = ScoreTable.read(folder)
        values = {name: np.array(column) for name, column in table.scores.items()}
        return cls(Planets(table.planets, table.partitions), values)


class PlanetStore:
    """The scores of single planets on one board.

    Arguments:
        store: of the runs.
    """

    def __init__(self, store: Store) -> None:
        self.path = store.path
        self.home = store.path.parent

    def keep(self, folders: Mapping[str, Path]) -> None:
        """Keep the scores in the folders of runs, by their ids; those that cannot be read are left out.

        Raises:
            HarnessError: the store cannot be written.
        """
        found = {}
        for run_id, folder in folders.items():
            with suppress(HarnessError):
                found[run_id] = PlanetScores.read(folder)
        self._write(found)

    def of(self, runs: Iterable[RunRecord]) -> dict[str, PlanetScores]:
        """The scores of those of the runs that have them here, by id.

        What lies in folders of the home and was not kept yet is read there, and kept.

        Raises:
            HarnessError: the store cannot be read.
        """
        wanted = {run.run_id: run for run in runs}
        found = self._kept(list(wanted))
        new = {}
        for run_id, run in wanted.items():
            if run_id not in found and (self.home / run.artifacts / PER_PLANET).is_file():
                with suppress(HarnessError):
                    folder = run_folder(run, self.home)
                    if folder is not None:
                        new[run_id] = PlanetScores.read(folder)
        if new:
            with suppress(HarnessError):  # a store that cannot be written is read all the same
                self._write(new)
        return found | new

    def _kept(self, run_ids: Sequence[str]) -> dict[str, PlanetScores]:
        found = {}
        with reading(self.path) as connection:
            if connection is None or not _has_table(connection):
                return {}
            planets = {
                digest: _planets(text)
                for digest, text in connection.execute("SELECT digest, planets FROM planets")
            }
            for start in range(0, len(run_ids), AT_ONCE):
                some = run_ids[start : start + AT_ONCE]
                query = (
                    "SELECT run_id, digest, scorers, scores FROM planet_scores "
                    f"WHERE run_id IN ({', '.join('?' * len(some))})"
                )
                for run_id, digest, scorers, scores in connection.execute(query, some):
                    one = _unpacked(planets.get(digest), scorers, scores)
                    if one is not None:
                        found[run_id] = one
        return found

    def _write(self, found: Mapping[str, PlanetScores]) -> None:
        if not found:
            return
        with writing(self.path) as connection:
            for run_id, one in found.items():
                text = json.dumps([one.planets.names, one.planets.kinds])
                digest = hashlib.sha256(text.encode()).hexdigest()[:16]
                connection.execute("INSERT OR IGNORE INTO planets VALUES (?, ?)", (digest, text))
                values = np.stack(list(one.values.values())) if one.values else np.zeros((0, 0))
                connection.execute(
                    "INSERT OR REPLACE INTO planet_scores VALUES (?, ?, ?, ?)",
                    (run_id, digest, json.dumps(list(one.values)), values.astype("<f8").tobytes()),
                )


def _has_table(connection: sqlite3.Connection) -> bool:
    """A store of somebody else, of an older version, is read as it is."""
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'planet_scores'"
    return connection.execute(query).fetchone() is not None


def _planets(text: object) -> Planets | None:
    with suppress(TypeError, ValueError):
        names, kinds = json.loads(str(text))
        if len(names) == len(kinds):
            return Planets(tuple(map(str, names)), tuple(map(str, kinds)))
    return None


def _unpacked(planets: Planets | None, scorers: object, scores: object) -> PlanetScores | None:
    """None for what was not written by `keep`: a store may come from anybody."""
    if planets is None or not isinstance(scores, bytes):
        return None
    with suppress(TypeError, ValueError):
        names = [str(name) for name in json.loads(str(scorers))]
        values = np.frombuffer(scores, dtype="<f8").reshape(len(names), len(planets.names))
        return PlanetScores(planets, dict(zip(names, values, strict=True)))
    return None
