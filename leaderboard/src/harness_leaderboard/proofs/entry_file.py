"""entry.toml: what an outside entry says of itself, beside its submission file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from harness.data.record import what_is_wrong
from harness.errors import HarnessError
from harness.runs.submitted import Entrant
from harness.untrusted.files import MIB, read_text
from harness.untrusted.words import excerpt

ENTRY = "entry.toml"
SUBMISSION = "submission.hdf5"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    by: str
    note: str | None = None
    seed: int = 0
    file: str = SUBMISSION


def read_entry(folder: Path) -> tuple[Path, Entrant]:
    """The submission file of an entry's folder, and what is said of it.

    The folder may be a stranger's: the file lies in it, and is no link to another place.

    Raises:
        HarnessError: entry.toml is missing or damaged, or names a file elsewhere.
    """
    path = folder / ENTRY
    for place in (folder, path):
        if place.is_symlink():
            raise HarnessError(f"{place} is a link to another place; an entry lies where it is.")
    text = read_text(path, MIB, f"a folder of an entry holds {ENTRY} and its submission file")
    try:
        entry = _Entry.model_validate(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        reason = what_is_wrong(error) if isinstance(error, ValidationError) else excerpt(str(error), 200)
        raise HarnessError(f"{path} does not describe an entry: {reason.rstrip('.')}.") from error
    file = folder / entry.file
    if Path(entry.file).name != entry.file or entry.file in ("", ".", ".."):
        raise HarnessError(
            f"{path}: the file '{excerpt(entry.file)}' is not one beside it; write its name alone."
        )
    if file.is_symlink():
        raise HarnessError(f"{file} is a link; put the submission file itself there.")
    return file, Entrant(entry.name, entry.by, entry.note, entry.seed)
