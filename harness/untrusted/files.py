"""Files of strangers, opened only where they are files, and read only where they are small."""

from __future__ import annotations

import stat
from pathlib import Path

from harness.errors import HarnessError

MIB = 2**20
MOST_OF_A_TEXT = 512 * MIB  # bytes of a table of numbers as text


def expanded(location: str | Path) -> Path:
    """A place as it was given, "~" being the home of a user.

    Raises:
        HarnessError: there is no such user, or no file can have this name.
    """
    if "\0" in str(location):
        raise HarnessError(f"'{location}' cannot be the name of a file: it holds a NUL character.")
    try:
        return Path(location).expanduser()
    except RuntimeError as error:
        raise HarnessError(
            f"{location} is in the home of a user who is not known here; write the whole path."
        ) from error


def require_file(path: Path, missing: str = "") -> int:
    """The size in bytes of a file: not a folder, and no pipe or device, which might never end.

    Arguments:
        path: of the file, which may be a link to one.
        missing: what to say more where it is not there.

    Raises:
        HarnessError: it is missing, is no file, or cannot be looked at.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        raise HarnessError(f"{path} is missing{missing and '; '}{missing}.") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no file can have this name"
        raise HarnessError(f"{path} cannot be read ({reason}).") from error
    if not stat.S_ISREG(found.st_mode):
        what = "a folder" if stat.S_ISDIR(found.st_mode) else "a pipe, a device or a socket"
        raise HarnessError(f"{path} is {what}; expected a file.")
    return found.st_size


def read_bytes(path: Path, at_most: int, missing: str = "") -> bytes:
    """The bytes of a file that has no reason to be large.

    Arguments:
        path: of the file.
        at_most: bytes that it may have.
        missing: what to say more where it is not there.

    Raises:
        HarnessError: it is missing, is no file, is too large or cannot be read.
    """
    size = require_file(path, missing)
    if size > at_most:
        raise HarnessError(
            f"{path} has {size / MIB:,.1f} MiB; a file of its kind has at most {at_most / MIB:,.0f} MiB."
        )
    try:
        with path.open("rb") as file:
            return file.read(at_most)
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}).") from error


def read_text(path: Path, at_most: int, missing: str = "") -> str:
    """The text of such a file, which is UTF-8; a mark of that at its beginning is left out.

    Raises:
        HarnessError: as `read_bytes`, or it is not text.
    """
    try:
        return read_bytes(path, at_most, missing).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HarnessError(f"{path} is not a text file (UTF-8).") from error
