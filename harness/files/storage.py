"""Disks that fill up: seen before the work where possible, recognised afterwards where not."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

from harness.errors import HarnessError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, says that no space is left.

    Libraries lose the error number on the way (h5py, safetensors): then their words tell.
    """
    while error is not None:
        if isinstance(error, OSError) and error.errno in FULL:
            return True
        if "No space left on device" in str(error) or "File too large" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file under a temporary name, then rename it: there is all of it or nothing."""
    temporary = path.with_name(f".{path.name}.partial")
    try:
        write(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def require_space(folder: Path, n_bytes: int, otherwise: str = "choose another place with --home") -> None:
    """Refuse to begin what cannot be written.

    Arguments:
        folder: where it would lie.
        n_bytes: what it would take.
        otherwise: what the user may do instead of freeing space.

    Raises:
        HarnessError: the disk has less than `n_bytes` free.
    """
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise HarnessError(
            f"The disk that holds {folder} has {free / 1e6:,.1f} MB free and this needs about "
            f"{n_bytes / 1e6:,.1f} MB; free some space or {otherwise}."
        )
