"""The checkpoint folder of a run: it survives an interruption, and one process at a time works in it."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from harness.files.lock import Lock, take_from_the_dead

LOCK = ".lock"
OWN = "-"  # stands in the name of a folder that no other process will look into


class Checkpoint:
    """The folder of one run, found again by all that decides its result.

    Where another process is working on the same run, this one gets a folder of its own, which is gone
    when it ends: neither takes from the other what it is writing.

    Attributes:
        path: the folder, which exists until `close`.
        shared: whether the folder is the one that the next `--resume` will look into.

    Arguments:
        parent: the folder of all checkpoints.
        identity: the run's identity.
        resume: keep what lies there already.
    """

    def __init__(self, parent: Path, identity: str, *, resume: bool) -> None:
        parent.mkdir(parents=True, exist_ok=True)
        lock = Lock.take(parent / f"{identity}{LOCK}")
        self.shared = lock is not None
        name = identity
        while lock is None:
            name = f"{identity}{OWN}{secrets.token_hex(4)}"
            lock = Lock.take(parent / f"{name}{LOCK}")
        self._lock = lock
        self.path = parent / name
        if self.path.exists() and not resume:
            shutil.rmtree(self.path)
        self.path.mkdir(exist_ok=True)

    def close(self, *, keep: bool) -> bool:
        """Let others have the folder; whether anything is kept in it for them."""
        kept = keep and self.shared and self.path.is_dir() and any(self.path.iterdir())
        if not kept:
            shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()
        return kept


def discard_checkpoint(parent: Path, name: str) -> None:
    """Remove the folder of this name, and its lock, unless a process may be at work in it.

    The name may come from a stranger's record, so it is looked for among what is there.
    """
    if not parent.is_dir() or name not in {path.name.removesuffix(LOCK) for path in parent.iterdir()}:
        return
    lock = take_from_the_dead(parent / f"{name}{LOCK}")
    if lock is not None:
        shutil.rmtree(parent / name, ignore_errors=True)
        lock.release()


def clear_abandoned_checkpoints(parent: Path) -> None:
    """Remove the folders of processes that were killed, except those that `--resume` goes on from."""
    for path in parent.glob(f"*{OWN}*{LOCK}"):
        discard_checkpoint(parent, path.name.removesuffix(LOCK))
