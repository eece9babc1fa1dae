"""Disks that fill up and processes that are killed: what is written is there whole, or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def sha256_of(path: Path) -> str:
    """The hash of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def temporary_name(path: Path) -> Path:
    """Where to write what will be renamed to `path`: beside it, and no other process writes there.

    The process alone would not do: in containers on one disk all have the same number.
    """
    return path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(3)}.partial")


@contextmanager
def full_disk_as_os_error(path: Path) -> Iterator[None]:
    """What a library makes of a full disk is an `OSError` again, which names the file."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) or not is_disk_full(error):
            raise
        number = errno.ENOSPC
        raise OSError(number, os.strerror(number), str(path)) from error


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file under a temporary name, then rename it: there is all of it or nothing."""
    temporary = temporary_name(path)
    try:
        with full_disk_as_os_error(path):
            write(temporary)
        rename_whole(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole_folder(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a folder under a temporary name, then rename it: there is all of it or nothing.

    Arguments:
        path: of a folder that is not there yet; those above it are made.
    """
    temporary = temporary_name(path)
    try:
        temporary.mkdir(parents=True)
        with full_disk_as_os_error(path):
            write(temporary)
        rename_whole(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def rename_whole(temporary: Path, path: Path) -> None:
    """Rename a file or a folder once its content is on the disk, so that no power cut leaves it empty.

    A file that lies at `path` is replaced.

    Raises:
        OSError: the disk is full, or failed.
    """
    for written in [*temporary.rglob("*"), temporary]:
        _flush(written)
    temporary.replace(path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    """Wait until what was written to a file, or the names in a folder, are on the disk."""
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError:
        if path.is_file():  # not every system can do it for a folder
            raise


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
