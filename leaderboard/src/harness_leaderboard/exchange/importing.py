"""Taking the runs of an exported board into a home; the export may be a stranger's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import HarnessError
from harness.files.storage import require_space
from harness.runs.home import Home
from harness.runs.run_folder import UnfinishedRun
from harness_leaderboard.exchange.checking import checked_export
from harness_leaderboard.exchange.exporting import anonymous
from harness_leaderboard.exchange.manifest import BLOCK, RUNS, File
from harness_leaderboard.planet_scores import PlanetStore
from harness_leaderboard.store import Store


@dataclass(frozen=True)
class Imported:
    """The ids of the runs that were taken in, and of those that were there already."""

    new: tuple[str, ...]
    there: tuple[str, ...]


def import_runs(folder: Path, home: Home) -> Imported:
    """Take the runs of an exported board into a home and onto its board.

    Everything is checked before anything is taken in. A run that is on the board without its folder gets it.

    Raises:
        HarnessError: something is not as it should be, or a different run of the same id is on the board.
    """
    manifest, records = checked_export(folder)
    if not records:
        raise HarnessError(f"{folder} holds no runs, only a snapshot; there is nothing to import.")
    store = Store.of(home)
    known = {run.run_id: run for run in store.records()}
    for run_id in records.keys() & known.keys():
        if anonymous(known[run_id]) != anonymous(records[run_id]):
            raise HarnessError(
                f"A different run with the id {run_id} is on the board already; see it with "
                f"'harness leaderboard show {run_id}', or remove it first with "
                f"'harness leaderboard remove {run_id}'."
            )
    complete = [run_id for run_id in records if run_id in known and (home.runs / run_id).exists()]
    new = {run_id: record for run_id, record in records.items() if run_id not in complete}
    home.create()
    require_space(home.runs, sum(file.bytes for run_id in new for file in manifest.of_run(run_id).values()))
    for run_id in new:
        if (home.runs / run_id).exists():
            raise HarnessError(
                f"{home.runs / run_id} is there already, and is none of the runs on the board."
            )
    for run_id in new:
        _copy(folder / RUNS / run_id, manifest.of_run(run_id), home, run_id)
    store.put(record for run_id, record in new.items() if run_id not in known)
    PlanetStore(store).keep({run_id: home.runs / run_id for run_id in new})
    return Imported(tuple(new), tuple(complete))


def _copy(source: Path, files: Mapping[str, File], home: Home, run_id: str) -> None:
    """Copy the files of a run; the hash is that of what was written."""
    unfinished = UnfinishedRun(home.runs, run_id)
    try:
        for name, file in files.items():
            digest = hashlib.sha256()
            with (source / name).open("rb") as reading, (unfinished.path / name).open("xb") as writing:
                while block := reading.read(BLOCK):
                    digest.update(block)
                    writing.write(block)
            if digest.hexdigest() != file.sha256:
                raise HarnessError(
                    f"{source / name} changed while it was copied; nothing of this run was kept."
                )
        unfinished.complete()
    except BaseException:
        unfinished.discard()
        raise
