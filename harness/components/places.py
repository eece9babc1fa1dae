"""Options that name a file or a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from harness.untrusted.files import expanded

Given = TypeVar("Given", str, str | None)


def found_from_anywhere(place: Given) -> Given:
    """A place that is there, as it is found from any folder; else what was given.

    As a validator of an option it has the command of a record repeated from another folder.

    Raises:
        HarnessError: no file can have this name.
    """
    if place is None:
        return place
    path = expanded(place)
    return str(path.absolute()) if path.exists() else place


def contents_of(options: Mapping[str, object]) -> dict[str, str]:
    """What lies at the places that options name, as `found_from_anywhere` left them: a hash for each option.

    Of a file it is that of its content, of a folder that of the names, sizes and times of the files in it.
    """
    found = {}
    for name, value in options.items():
        path = Path(value) if isinstance(value, str) else None
        if path is None or not path.is_absolute():
            continue
        if path.is_file():
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
        elif path.is_dir():
            kept = [(one.name, one.stat().st_size, one.stat().st_mtime_ns) for one in sorted(path.iterdir())]
            found[name] = hashlib.sha256(repr(kept).encode()).hexdigest()
    return found
