"""Taking the runs of an exported board into a home; the export may be a stranger's."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.errors import HarnessError
from harness.files.storage import require_space, write_whole
from harness.runs.home import Home
from harness.runs.run_folder import UnfinishedRun, delete_run
from harness_leaderboard.exchange.checking import checked_export
from harness_leaderboard.exchange.exporting import anonymous
from harness_leaderboard.exchange.manifest import BLOCK, RUNS, File
from harness_leaderboard.planet_scores import PlanetStore
from harness_leaderboard.store import Store


@dataclass(frozen=True)
class Imported:
    """The ids of the runs that were taken in, of those there already, and of these that got missing files."""

    new: tuple[str, ...]
    there: tuple[str, ...]
    completed: tuple[str, ...]


def import_runs(folder: Path, home: Home) -> Imported:
    """Take the runs of an exported board into a home and onto its board.

    Everything is checked before anything is taken in. A run that is on the board without its folder gets it,
    and one whose folder lacks files gets these.

    Raises:
        HarnessError: something is not as it should be, a different run of the same id is on the board, or the
            store cannot be written; nothing is taken in then.
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
    lacking = {
        run_id: files
        for run_id in complete
        if (
            files := {
                n: f for n, f in manifest.of_run(run_id).items() if not (home.runs / run_id / n).exists()
            }
        )
    }
    wanted = {run_id: manifest.of_run(run_id) for run_id in new} | lacking
    home.create()
    require_space(home.runs, sum(file.bytes for files in wanted.values() for file in files.values()))
    for run_id in new:
        if (home.runs / run_id).exists():
            raise HarnessError(
                f"{home.runs / run_id} is there already, and is none of the runs on the board."
            )
    with ExitStack() as undo:
        for run_id in new:
            _copy(folder / RUNS / run_id, wanted[run_id], home, run_id)
            undo.callback(delete_run, home.runs / run_id)
        for run_id, files in lacking.items():
            for name, file in files.items():
                path = home.runs / run_id / name
                write_whole(path, partial(_copy_file, folder / RUNS / run_id / name, file))
                undo.callback(path.unlink)
        store.put(record for run_id, record in new.items() if run_id not in known)
        undo.pop_all()
    PlanetStore(store).keep({run_id: home.runs / run_id for run_id in wanted})
    return Imported(tuple(new), tuple(complete), tuple(lacking))


def _copy(source: Path, files: Mapping[str, File], home: Home, run_id: str) -> None:
    """Copy the files of a run."""
    unfinished = UnfinishedRun(home.runs, run_id)
    try:
        for name, file in files.items():
            _copy_file(source / name, file, unfinished.path / name)
        unfinished.complete()
    except BaseException:
        unfinished.discard()
        raise


def _copy_file(source: Path, file: File, path: Path) -> None:
    """Copy a file; the hash is that of what was written."""
    digest = hashlib.sha256()
    with source.open("rb") as reading, path.open("xb") as writing:
        while block := reading.read(BLOCK):
            digest.update(block)
            writing.write(block)
    if digest.hexdigest() != file.sha256:
        raise HarnessError(f"{source} changed while it was copied; nothing of this run was kept.")
