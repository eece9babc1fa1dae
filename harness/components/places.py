"""Options that name a file or a folder."""

from __future__ import annotations

from harness.untrusted.files import expanded


def found_from_anywhere(place: str | None) -> str | None:
    """A place that is there, as it is found from any folder; else what was given.

    As a validator of an option it has the command of a record repeated from another folder.

    Raises:
        HarnessError: no file can have this name.
    """
    if place is None:
        return None
    path = expanded(place)
    return str(path.absolute()) if path.exists() else place
