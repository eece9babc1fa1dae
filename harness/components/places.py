"""Options that name a file or a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from harness.files.storage import sha256_of
from harness.untrusted.files import expanded

Given = TypeVar("Given", str, str | None)


def found_from_anywhere(place: Given) -> Given:
    """A place that is there, as it is found from any folder; else what was given.

    As a validator of an option it has the command of a record repeated from another folder.

    Raises:
        ValueError: it is empty, which would be the folder that a command is called in.
        HarnessError: no file can have this name.
    """
    if place is None:
        return place
    if not place:
        raise ValueError("it is empty; give the path of a file or folder, or leave the option out")
    path = expanded(place)
    return str(path.absolute()) if path.exists() else place


def contents_of(options: Mapping[str, object]) -> dict[str, str]:
    """Hashes of the files that options name by absolute paths, as `found_from_anywhere` leaves them.

    Folders are not looked into: a method may write into one, and would be another the next time.
    """
    found = {}
    for name, value in options.items():
        path = Path(value) if isinstance(value, str) else None
        if path is not None and path.is_absolute() and path.is_file():
            found[name] = sha256_of(path)
    return found
