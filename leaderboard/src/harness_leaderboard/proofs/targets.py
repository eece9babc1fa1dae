"""What is to be verified: runs on the board, and folders of anybody."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.runs.home import Home
from harness_leaderboard.board import of_challenge
from harness_leaderboard.exchange.checking import checked_export
from harness_leaderboard.exchange.manifest import MANIFEST, RUNS
from harness_leaderboard.folders import read_records
from harness_leaderboard.proofs.chosen_runs import finished_runs
from harness_leaderboard.proofs.snapshot_reading import Published, read_published
from harness_leaderboard.snapshot.writing import JSON
from harness_leaderboard.store import Store


@dataclass
class Targets:
    """Runs to verify.

    Attributes:
        of_board: on the board, by id.
        foreign: in folders that are not of the board's home, by id.
        folders: of these.
        published: snapshots by their folder.
    """

    of_board: dict[str, RunRecord] = field(default_factory=dict)
    foreign: dict[str, RunRecord] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)
    published: dict[Path, Published] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, home: Home, given: Sequence[str], challenge: str | None) -> Targets:
        """What is named: runs of the board, and folders.

        Raises:
            HarnessError: nothing is there by that name, or a record or a snapshot is damaged.
        """
        found = cls()
        references = [one for one in given if not _is_foreign(one, home)]
        if references or not given:
            found._take(finished_runs(store, references, challenge), {})
        for folder in (Path(one) for one in given if _is_foreign(one, home)):
            found._add_folder(folder, store, challenge)
        return found

    def _add_folder(self, folder: Path, store: Store, challenge: str | None) -> None:
        read: list[tuple[Path, RunRecord]] = []
        snapshot = (folder / JSON).exists()
        exported = os.path.lexists(folder / MANIFEST) or (snapshot and (folder / RUNS).is_dir())
        if exported:
            _, checked = checked_export(folder)
            read = [(folder / RUNS / run_id, run) for run_id, run in checked.items()]
        elif not snapshot:
            read = [(file.parent, one) for file, one in read_records([folder]) if one.status == "finished"]
            if len({one.run_id for _, one in read}) < len(read):
                raise HarnessError(f"Two records in {folder} are of one run; a run has one record.")
        if snapshot:
            self.published[folder] = read_published(folder)
        if snapshot and not read:
            wanted = {run_id for runs in self.published[folder].runs for run_id in runs}
            records = [run for run in store.records() if run.run_id in wanted]
        else:
            records = [one for _, one in read]
        if challenge is not None:
            records = of_challenge(records, challenge)
        self._take(records, {one.run_id: place for place, one in read})

    def _take(self, runs: Sequence[RunRecord], folders: dict[str, Path]) -> None:
        for run in runs:
            if run.run_id in folders:
                self.foreign[run.run_id] = run
                self.folders[run.run_id] = folders[run.run_id]
            else:
                self.of_board[run.run_id] = run


def _is_foreign(target: str, home: Home) -> bool:
    """Whether a folder is meant that is not one of the home's own runs."""
    path = Path(target)
    return path.is_dir() and path.resolve().parent != home.runs.resolve()
