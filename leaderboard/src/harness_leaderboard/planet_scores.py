"""The scores of single planets of every run, beside the runs in the store.

They come from the table `scores.csv` in a run's folder, and are there when the folder is no longer.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from harness.data.record import ScoreRecord
from harness.errors import HarnessError
from harness.runs.home import PER_PLANET
from harness.runs.score_table import ScoreTable
from harness_leaderboard.connections import has_table, reading, writing
from harness_leaderboard.entries import Scorer
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
        added: of scorers that were added from the kept predictions (N,).
    """

    planets: Planets
    values: Mapping[str, NDArray[np.float64]]
    added: Mapping[Scorer, NDArray[np.float64]] = field(default_factory=dict)

    def of(self, scorer: Scorer) -> NDArray[np.float64] | None:
        """The scores by one scorer that the run has a score of (N,), None where they are not known."""
        found = self.added.get(scorer)
        return self.values.get(scorer.name) if found is None else found

    @classmethod
    def read(cls, folder: Path) -> PlanetScores:
        """Those in the folder of a run.

        Raises:
            HarnessError: the table is missing or damaged.
        """
        return cls.of_table(ScoreTable.read(folder))

    @classmethod
    def of_table(cls, table: ScoreTable) -> PlanetScores:
        """Those in the table of a run."""
        values = {name: np.array(column) for name, column in table.scores.items()}
        return cls(Planets(table.planets, table.partitions), values)


class PlanetSource(Protocol):
    """Where the scores of single planets come from."""

    def of(self, runs: Iterable[RunRecord]) -> Mapping[str, PlanetScores]:
        """The scores of those of the runs that have them, by id."""


class PlanetsInFolders:
    """Those in the folders of runs, wherever these lie; nothing is kept.

    Arguments:
        folders: by the ids of the runs.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = folders

    def of(self, runs: Iterable[RunRecord]) -> dict[str, PlanetScores]:
        """The scores of those of the runs whose folder has them, by id."""
        found = {}
        for run in runs:
            if run.run_id in self._folders:
                with suppress(HarnessError):
                    found[run.run_id] = PlanetScores.read(self._folders[run.run_id])
        return found


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
                new |= self._kept(list(new))  # with what was added
        return found | new

    def _kept(self, run_ids: Sequence[str]) -> dict[str, PlanetScores]:
        found = {}
        with reading(self.path) as connection:
            if connection is None or not has_table(connection, "planet_scores"):
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
                if not has_table(connection, "added_scores"):
                    continue
                for run_id, (whose, added) in _added(connection, planets, some).items():
                    if run_id in found and found[run_id].planets == whose:
                        found[run_id] = replace(found[run_id], added=added)
        return found

    def _write(self, found: Mapping[str, PlanetScores]) -> None:
        if not found:
            return
        with writing(self.path) as connection:
            for run_id, one in found.items():
                digest = keep_planets(connection, one.planets)
                values = np.stack(list(one.values.values())) if one.values else np.zeros((0, 0))
                connection.execute(
                    "INSERT OR REPLACE INTO planet_scores VALUES (?, ?, ?, ?)",
                    (run_id, digest, json.dumps(list(one.values)), values.astype("<f8").tobytes()),
                )


def keep_planets(connection: sqlite3.Connection, planets: Planets) -> str:
    """Keep the names and kinds of planets once for all runs; what they are found by."""
    text = json.dumps([planets.names, planets.kinds])
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    connection.execute("INSERT OR IGNORE INTO planets VALUES (?, ?)", (digest, text))
    return digest


def _added(
    connection: sqlite3.Connection, planets: Mapping[str, Planets | None], run_ids: Sequence[str]
) -> dict[str, tuple[Planets, dict[Scorer, NDArray[np.float64]]]]:
    """What was added to runs from their kept predictions; what cannot be read is left out."""
    found: dict[str, tuple[Planets, dict[Scorer, NDArray[np.float64]]]] = {}
    query = (
        "SELECT run_id, score, digest, per_planet FROM added_scores "
        f"WHERE run_id IN ({', '.join('?' * len(run_ids))})"
    )
    for run_id, score, digest, scores in connection.execute(query, run_ids):
        whose = planets.get(digest)
        with suppress(TypeError, ValueError):
            scorer = Scorer.of(ScoreRecord.parse(score))
            values = np.frombuffer(scores, dtype="<f8")
            if whose is not None and len(values) == len(whose.names):
                found.setdefault(run_id, (whose, {}))[1][scorer] = values
    return found


def _planets(text: object) -> Planets | None:
    with suppress(TypeError, ValueError):
        names, kinds = json.loads(str(text))
        if len(names) == len(kinds):
            return Planets(tuple(map(str, names)), tuple(map(str, kinds)))
    return None


@lru_cache(maxsize=1_000)  # thousands of runs have the same scorers
def _names(text: str) -> list[str]:
    return [str(name) for name in json.loads(text)]


def _unpacked(planets: Planets | None, scorers: object, scores: object) -> PlanetScores | None:
    """None for what was not written by `keep`: a store may come from anybody."""
    if planets is None or not isinstance(scores, bytes):
        return None
    with suppress(TypeError, ValueError):
        names = _names(str(scorers))
        values = np.frombuffer(scores, dtype="<f8").reshape(len(names), len(planets.names))
        return PlanetScores(planets, dict(zip(names, values, strict=True)))
    return None
