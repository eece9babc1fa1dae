"""Options that name a file or a folder."""

from __future__ import annotations

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
