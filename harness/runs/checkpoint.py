"""The checkpoint folder of a run: it survives an interruption, and one process at a time works in it."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

if sys.platform == "win32":

    def _lock(file: IO[bytes]) -> bool:
        """Two processes are not told apart here."""
        return True

else:
    import fcntl

    def _lock(file: IO[bytes]) -> bool:
        """Lock an open file until it is closed or the process ends; False where another one has it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            return True
        return True


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
        self._lock_path = parent / f"{identity}.lock"
        self._locked = _acquired(self._lock_path)
        self.shared = self._locked is not None
        self.path = parent / (identity if self.shared else f"{identity}-{secrets.token_hex(4)}")
        if self.path.exists() and not resume:
            shutil.rmtree(self.path)
        self.path.mkdir(exist_ok=True)

    def close(self, *, keep: bool) -> bool:
        """Let others have the folder; whether anything is kept in it for them."""
        kept = keep and self.shared and self.path.is_dir() and any(self.path.iterdir())
        if not kept:
            shutil.rmtree(self.path, ignore_errors=True)
        if self._locked is not None:
            self._lock_path.unlink(missing_ok=True)
            self._locked.close()
        return kept


def _acquired(path: Path) -> IO[bytes] | None:
    """The locked file, None where another process has it."""
    while True:
        file = path.open("ab")
        if not _lock(file):
            file.close()
            return None
        # whoever had it before may just have removed it: then a lock on it keeps nobody out
        with suppress(FileNotFoundError):
            if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                return file
        file.close()
