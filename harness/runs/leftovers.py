"""What a home holds that no run needs: what killed processes left, and checkpoints of what is done."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from harness.data.record import RunRecord
from harness.files.lock import take_from_the_dead
from harness.runs.checkpoint import LOCK, OWN, discard_checkpoint
from harness.runs.disk_use import bytes_of
from harness.runs.home import PROBE, Home
from harness.runs.run_folder import PARTIAL, REMOVED


@dataclass(frozen=True)
class Leftover:
    """A file or folder that can go.

    Attributes:
        path: where it lies.
        lock: a file that is locked while a process works there.
        reason: why it can go, in words.
    """

    path: Path
    lock: Path
    reason: str

    @property
    def n_bytes(self) -> int:
        """What deleting it frees."""
        return bytes_of(self.path)

    def is_dead(self) -> bool:
        """Whether no process works there, as far as that can be known."""
        lock = take_from_the_dead(self.lock)
        if lock is not None:
            lock.release()
        return lock is not None

    def delete(self) -> bool:
        """Delete it, unless a process has begun to work there; whether it is gone."""
        lock = take_from_the_dead(self.lock)
        if lock is None:
            return False
        if self.path.is_dir() and not self.path.is_symlink():
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            with suppress(OSError):
                self.path.unlink()
        lock.release()
        return not os.path.lexists(self.path)


def leftovers(home: Home) -> list[Leftover]:
    """Everything that can go; nothing that a process works in, and no checkpoint of a recorded run."""
    return [one for one in (*_of_runs(home.runs), *_of_checkpoints(home)) if one.is_dead()]


def discard_checkpoint_of(record: RunRecord, home: Home) -> None:
    """Remove the checkpoint of a run that was deleted, unless another run of the same kind needs it."""
    if record.identity not in _identities(home).unfinished:
        discard_checkpoint(home.checkpoints, record.identity)


def _of_runs(runs: Path) -> Iterator[Leftover]:
    for path in sorted(runs.glob(f".*{PARTIAL}")):
        yield Leftover(path, path.with_suffix(LOCK), "a run that was killed")
    for pattern, reason in (
        (f"{REMOVED}*", "a run that was removed"),
        (f"{PROBE}*", "left by a killed process"),
    ):
        for path in sorted(runs.glob(pattern)):
            yield Leftover(path, path.with_name(f"{path.name}{LOCK}"), reason)


def _of_checkpoints(home: Home) -> Iterator[Leftover]:
    identities = _identities(home)
    for path in sorted(home.checkpoints.glob("*")):
        name = path.name.removesuffix(LOCK)
        if path.suffix == LOCK and (home.checkpoints / name).exists():
            continue
        elif path.suffix == LOCK:
            reason = "a lock without a checkpoint"
        elif OWN in name:
            reason = "checkpoint of a process that was killed, which no other looks into"
        elif name in identities.finished:
            reason = "checkpoint of a run that has finished"
        elif name not in identities.unfinished:
            written = datetime.fromtimestamp(path.stat().st_mtime)
            reason = (
                "checkpoint of a run without a record, killed or deleted; --resume would go on from it "
                f"(last written {written:%Y-%m-%d %H:%M})"
            )
        else:
            continue
        yield Leftover(path, home.checkpoints / f"{name}{LOCK}", reason)


@dataclass(frozen=True)
class _Identities:
    finished: set[str]
    unfinished: set[str]


def _identities(home: Home) -> _Identities:
    """The identities of the recorded runs; one that was interrupted and then finished is finished."""
    by_status: dict[bool, set[str]] = {True: set(), False: set()}
    for _, record in home.records():
        by_status[record.status == "finished"].add(record.identity)
    return _Identities(by_status[True], by_status[False] - by_status[True])
