"""The store of the leaderboard: one SQLite file in the harness home, one row per run.

The row holds the run record as JSON but for the parts of its scores, which are packed in a table of their
own, and beside it only the columns that are searched. Several processes may write at once: each write is one
transaction. What lies in the home's folder of runs and is not in the store, because its process was killed
before, is taken in whenever the store is read.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from harness.data.record import RunRecord, what_is_wrong
from harness.errors import HarnessError, PluginWarning, nearest_match
from harness.runs.home import (
    LATEST,
    RECORD,
    Home,
    ambiguous,
    not_yet,
    require_named,
    require_record,
    tell_of_clock,
)
from harness_leaderboard.connections import has_table, reading, writing
from harness_leaderboard.packing import pack, unpack

FILE = "leaderboard.sqlite"

_Row = tuple[str, str, str | None, bytes | None]  # id, record, and the names and numbers of parts


class Store:
    """The runs on the board of one harness home."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, home: Home | Path) -> Store:
        """The store of a harness home."""
        return cls((home.path if isinstance(home, Home) else home) / FILE)

    def put(self, records: Iterable[RunRecord]) -> int:
        """Put runs on the board, all of them or none; the number of those that were not there before.

        Raises:
            HarnessError: a different record with the same run id is there, or the store cannot be written.
        """
        new = 0
        with writing(self.path) as connection:
            for record in records:
                new += self._put(connection, record)
                connection.execute("DELETE FROM removed WHERE run_id = ?", (record.run_id,))
        return new

    def take_in(self) -> None:
        """Put the runs that lie in the home and are not in the store on the board, save what was removed.

        A record that cannot be read is none of them; a store that cannot be written stays as it is.
        """
        records = self._left_out()
        if records:
            with suppress(HarnessError), writing(self.path) as connection:
                for record in records:
                    self._put(connection, record)

    def _left_out(self) -> list[RunRecord]:
        with suppress(HarnessError), reading(self.path) as connection:
            query = "SELECT run_id FROM runs UNION SELECT run_id FROM removed"
            known = {run_id for (run_id,) in connection.execute(query)} if connection else set()
            lying = Home(self.path.parent).records(but=known)
            return [record for _, record in lying if record.run_id not in known]
        return []

    def _put(self, connection: sqlite3.Connection, record: RunRecord) -> bool:
        there = [self._unpacked(*row) for row in _rows(connection, "WHERE run_id = ?", record.run_id)]
        if not there:
            text, names, numbers = pack(record)
            connection.execute(
                "INSERT INTO runs (run_id, label, fingerprint, status, started_at, record) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    record.run_id,
                    record.label,
                    record.challenge.fingerprint,
                    record.status,
                    record.started_at,
                    text,
                ),
            )
            connection.execute("INSERT INTO parts VALUES (?, ?, ?)", (record.run_id, names, numbers))
            return True
        if there != [RunRecord.parse(record.model_dump_json())]:
            raise HarnessError(
                f"A different run with the id {record.run_id} is on the board already; see it with "
                f"'harness leaderboard show {record.run_id}', or remove it first with "
                f"'harness leaderboard remove {record.run_id}'."
            )
        return False

    def records(self) -> list[RunRecord]:
        """Every run on the board, oldest first.

        Raises:
            HarnessError: the store cannot be read.
        """
        self.take_in()
        found = []
        for row in self._rows("ORDER BY started_at, run_id"):
            try:
                found.append(self._unpacked(*row))
            except HarnessError as error:  # one record is no reason not to show the others
                warnings.warn(f"Left out: {error}", PluginWarning, stacklevel=2)
        return found

    def holds(self, run_id: str) -> bool:
        """Whether a run of this id is on the board, be its record readable or not.

        Raises:
            HarnessError: the store cannot be read.
        """
        return bool(self._rows("WHERE run_id = ?", run_id))

    def find(self, reference: str) -> RunRecord:
        """The run meant by its id, the unique start of it, its label, "latest", or its folder.

        Raises:
            HarnessError: no run or more than one is meant.
        """
        require_named(reference)
        if (Path(reference) / RECORD).is_file():
            reference = RunRecord.read(Path(reference) / RECORD).run_id
        self.take_in()
        if reference == LATEST:
            found = self._latest()
        else:
            found = (
                self._select("WHERE run_id = ?", reference)
                or self._select("WHERE substr(run_id, 1, ?) = ?", len(reference), reference)
                or self._select("WHERE label = ?", reference)
            )
        if len(found) == 1:
            return found[0]
        if found:
            raise ambiguous(reference, sorted(record.run_id for record in found))
        require_record(reference)
        hint = nearest_match(reference, [record.run_id for record in self.records()])
        raise HarnessError(
            f"There is no run '{reference}' on the board {self.path}{hint}; "
            "'harness leaderboard --runs --failed' lists them."
        )

    def _latest(self) -> list[RunRecord]:
        """The run that started last; not one dated by a clock that is ahead, where there are others."""
        newest_first = "ORDER BY started_at DESC, run_id DESC LIMIT 1"
        newest = self._select(newest_first)
        found = self._select(f"WHERE started_at <= ? {newest_first}", not_yet().isoformat()) or newest
        if found != newest:
            tell_of_clock(found[0].run_id, newest[0].run_id)
        return found

    def remove(self, run_id: str) -> None:
        """Take a run off the board; its folder stays, and does not come back on its own.

        Raises:
            HarnessError: the store cannot be written.
        """
        with writing(self.path) as connection:
            connection.execute("DELETE FROM runs WHERE run_id = ?", (run_id,))
            for table in ("parts", "planet_scores", "added_scores", "checks"):
                connection.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))
            connection.execute("INSERT OR IGNORE INTO removed (run_id) VALUES (?)", (run_id,))

    def _select(self, which: str, *values: str | int) -> list[RunRecord]:
        return [self._unpacked(*row) for row in self._rows(which, *values)]

    def _rows(self, which: str, *values: str | int) -> list[_Row]:
        with reading(self.path) as connection:
            return _rows(connection, which, *values) if connection else []

    def _unpacked(self, run_id: str, text: str, names: str | None, numbers: bytes | None) -> RunRecord:
        try:
            return unpack(text, names, numbers)
        except (TypeError, ValueError) as error:
            reason = what_is_wrong(error) if isinstance(error, ValueError) else "it is no text"
            raise HarnessError(
                f"Run {run_id} on the board {self.path} cannot be read: {reason}; upgrade "
                "harness-leaderboard and ariel-harness, or take it off with "
                f"'harness leaderboard remove {run_id}'."
            ) from error


def _rows(connection: sqlite3.Connection, which: str, *values: str | int) -> list[_Row]:
    """Runs as they are kept; a store of somebody else, of an older version, has them whole."""
    packed = has_table(connection, "parts")
    parts, table = (
        ("names, numbers", "runs LEFT JOIN parts USING (run_id)") if packed else ("NULL, NULL", "runs")
    )
    return connection.execute(f"SELECT run_id, record, {parts} FROM {table} {which}", values).fetchall()
