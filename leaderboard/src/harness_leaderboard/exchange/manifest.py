"""manifest.json: every file of an exported board with its size and its hash."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.data.record import SHA256, what_is_wrong
from harness.errors import HarnessError
from harness.files.storage import sha256_of
from harness.runs.home import ALARMS, PER_PLANET, PREDICTIONS, RECORD, SCHEMA
from harness.untrusted.files import MIB, read_bytes
from harness.untrusted.words import excerpt
from harness_leaderboard.snapshot.writing import CSV, JSON, PAGE, README

MANIFEST, RUNS = "manifest.json", "runs"
SNAPSHOT = (README, PAGE, JSON, CSV)
OF_A_RUN = (RECORD, SCHEMA, PREDICTIONS, ALARMS, PER_PLANET)  # what is taken along of a run
MOST_BYTES, MOST_FILES = 64 * MIB, 200_000
MOST_OF_A_FILE = (
    16 * 1024 * MIB
)  # 5,000 samples of 50,000 planets with seven parameters; more is never hashed
BLOCK = MIB

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")


def is_plain(name: str) -> bool:
    """Whether a name can be that of a folder of a run anywhere, and of nothing above it."""
    return bool(_PLAIN.fullmatch(name)) and ".." not in name


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class File(_Model):
    """A file of the export."""

    bytes: Annotated[int, Field(ge=0, le=MOST_OF_A_FILE)]
    sha256: Annotated[str, Field(pattern=SHA256)]


class Manifest(_Model):
    """What an export holds.

    Attributes:
        challenge: what its runs were made on, without a place of the machine.
        fingerprint: of that.
        made_at: the day.
        files: by their path in the export.
    """

    kind: Literal["harness-leaderboard-export"] = "harness-leaderboard-export"
    schema_version: Literal[1] = 1
    challenge: str
    fingerprint: str
    made_at: str
    files: dict[str, File]

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """That of an exported board, which may be a stranger's.

        Raises:
            HarnessError: it is missing, damaged, or names a file that no export has.
        """
        path = folder / MANIFEST
        content = read_bytes(path, MOST_BYTES, "expected the folder of 'harness leaderboard export'")
        try:
            found = cls.model_validate_json(content)
        except ValidationError as error:
            raise HarnessError(f"{path} is not that of an exported board: {what_is_wrong(error)}.") from error
        if len(found.files) > MOST_FILES:
            raise HarnessError(
                f"{path} names {len(found.files):,} files; an export has at most {MOST_FILES:,}."
            )
        for name in found.files:
            if not _belongs(name):
                raise HarnessError(f"{path} names '{excerpt(name)}', which is no file of an exported board.")
        return found

    def write(self, folder: Path) -> None:
        """Write it beside the files."""
        text = json.dumps(self.model_dump(mode="json"), indent=1)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")

    def runs(self) -> Sequence[str]:
        """The ids of the runs that it holds."""
        parts = (name.split("/") for name in self.files if name.startswith(f"{RUNS}/"))
        return list(dict.fromkeys(run_id for _, run_id, _ in parts))

    def of_run(self, run_id: str) -> dict[str, File]:
        """The files of a run by their names."""
        start = f"{RUNS}/{run_id}/"
        return {name.removeprefix(start): file for name, file in self.files.items() if name.startswith(start)}


def files_in(folder: Path, names: Iterable[str]) -> dict[str, File]:
    """Files by their paths under a folder, with sizes and hashes."""
    paths = {name: folder / name for name in names}
    return {name: File(bytes=path.stat().st_size, sha256=sha256_of(path)) for name, path in paths.items()}


def _belongs(name: str) -> bool:
    parts = name.split("/")
    if len(parts) == 1:
        return name in SNAPSHOT
    return len(parts) == 3 and parts[0] == RUNS and is_plain(parts[1]) and parts[2] in OF_A_RUN
