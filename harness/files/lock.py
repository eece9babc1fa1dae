"""A lock that tells whether a process is still at work: it ends with `release`, or with the process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from harness.errors import HarnessError

if sys.platform == "win32":

    def _locked(file: IO[bytes]) -> bool | None:
        """Two processes are not told apart here."""
        return None

else:
    import fcntl

    def _locked(file: IO[bytes]) -> bool | None:
        """Lock an open file; False where another process has it, None where the file system has no locks."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return None
        return True


class Lock:
    """A file that this process has locked.

    Attributes:
        certain: whether nobody else can have it too; not so on systems and file systems without locks.
    """

    def __init__(self, path: Path, file: IO[bytes], certain: bool) -> None:
        self._path = path
        self._file = file
        self.certain = certain

    @classmethod
    def take(cls, path: Path) -> Lock | None:
        """Lock a file, which is made if it is not there; None where another process has it.

        Raises:
            OSError: the file cannot be made.
        """
        while True:
            file = path.open("ab")
            locked = _locked(file)
            if locked is False:
                file.close()
                return None
            # whoever had it before may just have removed it: then a lock on it keeps nobody out
            with suppress(FileNotFoundError):
                if os.path.samestat(path.stat(), os.fstat(file.fileno())):
                    return cls(path, file, certain=locked is True)
            file.close()

    def release(self) -> None:
        """Let others have it; the file is removed."""
        self._path.unlink(missing_ok=True)
        self._file.close()


def take_from_the_dead(path: Path) -> Lock | None:
    """Lock a file that a process which has ended left behind; None where it may still be at work.

    Where that cannot be known, for want of locks or of the right to write, nobody is taken for dead.
    """
    try:
        lock = Lock.take(path)
    except OSError:
        return None
    if lock is not None and not lock.certain:
        lock.release()
        return None
    return lock


@contextmanager
def working_alone(work: Path, what: str) -> Iterator[None]:
    """Keep other processes out of a work folder, which a command keeps beside what it is going to write.

    Arguments:
        work: the folder; it need not be there.
        what: the work, for messages.

    Raises:
        HarnessError: another process is at work there.
        OSError: nothing can be written beside it.
    """
    lock = Lock.take(work.with_name(f"{work.name}.lock"))
    if lock is None:
        raise HarnessError(f"Another {what} is under way; wait for its end, or choose another place.")
    try:
        yield
    finally:
        lock.release()
