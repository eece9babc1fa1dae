"""The folder of a run while it is being filled or deleted: by its name, nobody takes it for a run."""

from __future__ import annotations

import shutil
from pathlib import Path

from harness.files.lock import Lock, take_from_the_dead
from harness.files.storage import rename_whole

LOCK, PARTIAL, REMOVED = ".lock", ".partial", ".removed-"


class UnfinishedRun:
    """A folder that appears under its own name only when it is complete.

    Attributes:
        path: the folder, under a temporary name.

    Arguments:
        runs: the folder of all runs.
        run_id: what the folder is going to be called.

    Raises:
        OSError: it cannot be made.
    """

    def __init__(self, runs: Path, run_id: str) -> None:
        self._complete = runs / run_id
        self.path = runs / f".{run_id}{PARTIAL}"
        self._lock = Lock.take(runs / f".{run_id}{LOCK}")  # before there is anything to be cleared away
        self.path.mkdir()

    def complete(self) -> None:
        """Let the folder appear, once everything in it is on the disk."""
        rename_whole(self.path, self._complete)
        self._release()

    def discard(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()


def delete_run(folder: Path) -> None:
    """Delete a run's folder: renamed first, so that what is left of it is never taken for a run.

    Raises:
        OSError: it cannot be deleted.
    """
    doomed = folder.with_name(f"{REMOVED}{folder.name}")
    folder.rename(doomed)
    shutil.rmtree(doomed)


def clear_abandoned(runs: Path) -> None:
    """Remove what processes that were killed left half-filled or half-deleted, by whichever clock."""
    for path in runs.glob(f".*{LOCK}"):
        lock = take_from_the_dead(path)
        if lock is not None:
            shutil.rmtree(path.with_suffix(PARTIAL), ignore_errors=True)
            lock.release()
    for doomed in runs.glob(f"{REMOVED}*"):
        shutil.rmtree(doomed, ignore_errors=True)
