"""A published board.json, which may be a stranger's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import from_json

from harness.data.record import what_is_wrong
from harness.errors import HarnessError
from harness.untrusted.files import MIB, read_bytes
from harness_leaderboard.snapshot.document import SCHEMA_VERSION
from harness_leaderboard.snapshot.writing import JSON

MOST_BYTES = 64 * MIB


class _Entry(BaseModel):
    model_config = ConfigDict(extra="allow")

    runs: list[str]
    rescored: bool = False


class _Document(BaseModel):
    model_config = ConfigDict(extra="allow")

    schema_version: int
    fingerprint: str
    made_at: str
    made_by: str | None
    entries: list[_Entry]


@dataclass(frozen=True)
class Published:
    """What a snapshot says.

    Attributes:
        fingerprint: of its challenge.
        made_at, made_by: the day, and what made the runs.
        runs: ids behind each entry.
        rescored: of each entry whether it says that its scores were recomputed.
        entries: everything that it says of each.
    """

    fingerprint: str
    made_at: str
    made_by: str | None
    runs: Sequence[Sequence[str]]
    rescored: Sequence[bool]
    entries: Sequence[Mapping[str, Any]]


def read_published(folder: Path) -> Published:
    """The board.json of a snapshot.

    Raises:
        HarnessError: it is missing, damaged, or of another schema version.
    """
    path = folder / JSON
    content = read_bytes(path, MOST_BYTES, "expected the folder of a snapshot")
    try:
        value = from_json(content, allow_inf_nan=False)
        document = _Document.model_validate(value)
    except ValueError as error:
        reason = what_is_wrong(error) if isinstance(error, ValidationError) else "it is not JSON"
        raise HarnessError(f"{path} is not the board of a snapshot: {reason}.") from error
    if document.schema_version != SCHEMA_VERSION:
        raise HarnessError(
            f"{path} has schema version {document.schema_version}, and this harness-leaderboard reads "
            f"version {SCHEMA_VERSION}; upgrade harness-leaderboard."
        )
    return Published(
        document.fingerprint,
        document.made_at,
        document.made_by,
        [entry.runs for entry in document.entries],
        [entry.rescored for entry in document.entries],
        value["entries"],
    )
