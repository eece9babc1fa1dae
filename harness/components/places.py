"""Options that name a file or a folder."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from harness.untrusted.files import expanded


def found_from_anywhere(place: str) -> str:
    """A place that is there, as it is found from any folder; else what was given.

    Raises:
        HarnessError: no file can have this name.
    """
    path = expanded(place)
    return str(path.absolute()) if path.exists() else place


# recorded so that the command of a record can be repeated from another folder
Place = Annotated[str, AfterValidator(found_from_anywhere)]
