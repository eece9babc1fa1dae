"""The folders of runs: finding records to put on the board, and deleting a run's files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.runs.home import RECORD, Home
from harness.runs.leftovers import discard_checkpoint_of
from harness.runs.run_folder import delete_run


def read_records(paths: Iterable[Path]) -> list[tuple[Path, RunRecord]]:
    """The records at some paths, each with its file.

    A path is a record.json, a run's folder, a folder of runs, or a harness home.

    Raises:
        HarnessError: there is no record at a path, or one is damaged.
    """
    return [(file, RunRecord.read(file)) for path in paths for file in _record_files(path)]


def _record_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if (path / RECORD).is_file():
        return [path / RECORD]
    for pattern in (f"[!.]*/{RECORD}", f"runs/[!.]*/{RECORD}"):
        found = sorted(path.glob(pattern))
        if found:
            return found
    if not path.exists():
        raise HarnessError(f"There is no {path}; name a run's folder or its {RECORD}.")
    raise HarnessError(f"There is no {RECORD} in {path}; name a run's folder, or a folder of such folders.")


def run_folder(record: RunRecord, home: Path) -> Path | None:
    """The folder of a run under `home`, None where it is gone.

    Raises:
        HarnessError: the record points out of the home, or at the folder of another run. A record may
            come from a stranger, and this folder is going to be read or deleted.
    """
    folder = (home / record.artifacts).resolve()
    if (home / "runs").resolve() != folder.parent:
        raise HarnessError(
            f"The record of run {record.run_id} says that it lies in '{record.artifacts}', which is not a "
            f"folder inside {home / 'runs'}; it was left alone, see to it by hand if it is yours."
        )
    if not folder.is_dir():
        return None
    if not (folder / RECORD).is_file() or RunRecord.read(folder / RECORD).run_id != record.run_id:
        raise HarnessError(f"{folder} does not hold run {record.run_id}; it was left alone.")
    return folder


def delete_files(folder: Path, record: RunRecord, home: Home) -> None:
    """Delete a run's folder, and the checkpoint that no other run needs then.

    Raises:
        HarnessError: the folder cannot be deleted.
    """
    try:
        delete_run(folder)
    except OSError as error:
        raise HarnessError(f"{folder} could not be deleted ({error.strerror}); delete it by hand.") from error
    discard_checkpoint_of(record, home)
