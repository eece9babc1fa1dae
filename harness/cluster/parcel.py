"""The folder of a run as one piece of bytes that travels, and what may be taken from it at home."""

from __future__ import annotations

import io
import re
import shutil
import tarfile
from pathlib import Path

from harness.components import Challenge
from harness.data.record import RunRecord
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.files.storage import require_space
from harness.runs.home import (
    ALARM,
    ALARMS,
    ARTIFACTS,
    ESTIMATOR,
    LOG,
    PER_PLANET,
    PREDICTIONS,
    RECORD,
    SCHEMA,
    TRAINING_RANGE,
    Home,
)
from harness.runs.recorded import recorded_prediction
from harness.runs.run_folder import UnfinishedRun
from harness.runs.score_table import ScoreTable
from harness.untrusted.files import MIB
from harness.untrusted.words import excerpt, is_printable

MOST_BYTES, MOST_FILES = 1024 * MIB, 2000
FILES = (RECORD, SCHEMA, PREDICTIONS, TRAINING_RANGE, PER_PLANET, ALARM, ALARMS, LOG)
FOLDERS = (ESTIMATOR, ARTIFACTS)
LONGEST_NAME = 255  # bytes
DEEPEST = 8  # folders below that of the run

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")


def packed(folder: Path) -> bytes:
    """The files of a finished or failed run.

    Raises:
        HarnessError: there are too many, they are too large, or one is a link.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    sizes = [path.lstat().st_size for path in paths]
    if len(paths) > MOST_FILES or sum(sizes) > MOST_BYTES:
        raise HarnessError(
            f"The run left {len(paths):,} files of {sum(sizes) / MIB:,.0f} MiB, too much to be sent home; "
            f"at most {MOST_FILES:,} files of {MOST_BYTES // MIB:,} MiB travel."
        )
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in paths:
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or not path.is_file():
                raise HarnessError(f"The run left '{excerpt(name)}', which is a link or no file.")
            archive.add(path, name, recursive=False)
    return written.getvalue()


def taken_in(content: bytes, home: Home, identity: str, challenge: Challenge) -> RunRecord:
    """Put a run that travelled into a home, after every file of it was checked.

    Arguments:
        content: as `packed` makes it, but from another machine.
        home: appears there as a folder of its own, whole or not at all.
        identity: of the run that was asked for.
        challenge: that it was asked for on.

    Returns:
        its record.

    Raises:
        HarnessError: something is not as it should be; nothing is kept then.
    """
    if len(content) > 2 * MOST_BYTES:
        raise HarnessError(f"A run came back as {len(content) / MIB:,.0f} MiB, which is too much.")
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
            members = _checked(archive)
            record = _record(archive, members)
            home.create()
            require_space(home.runs, len(content))
            _refuse_other(record, identity, challenge)
            if (home.runs / record.run_id).exists():
                raise HarnessError(f"A run came back as {record.run_id}, which is in {home.runs} already.")
            folder = UnfinishedRun(home.runs, record.run_id)
            try:
                for member in members:
                    _write(archive, member, folder.path)
                _check_contents(folder.path, record, challenge)
                folder.complete()
            except BaseException:
                folder.discard()
                raise
    except (tarfile.TarError, EOFError, UnicodeError) as error:
        raise HarnessError(f"A run came back damaged ({excerpt(str(error))}).") from error
    return record


def _checked(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    """The members, each a file of a name that runs have, no name twice."""
    members: list[tarfile.TarInfo] = []
    total = 0
    for member in archive:
        members.append(member)
        total += member.size
        if len(members) > MOST_FILES or total > MOST_BYTES:
            raise HarnessError(
                f"A run came back with more than {MOST_FILES:,} files or {MOST_BYTES // MIB:,} MiB."
            )
        if not member.isreg() or member.issparse():
            raise HarnessError(f"A run came back with '{excerpt(member.name)}', which is a link or no file.")
        if not _belongs(member.name):
            raise HarnessError(f"A run came back with '{excerpt(member.name)}', which is no file of a run.")
    if len({member.name.casefold() for member in members}) < len(members):
        raise HarnessError("A run came back with two files of one name.")
    return members


def _belongs(name: str) -> bool:
    parts = name.split("/")
    if not all(_is_plain(part) for part in parts) or len(parts) > DEEPEST:
        return False
    return name in FILES if len(parts) == 1 else parts[0] in FOLDERS


def _is_plain(part: str) -> bool:
    """Whether it can be the name of one file or folder anywhere, and of nothing above it."""
    return (
        0 < len(part.encode()) <= LONGEST_NAME
        and is_printable(part)
        and part not in (".", "..")
        and not set(part) & set('\\:*?"<>|')
    )


def _record(archive: tarfile.TarFile, members: list[tarfile.TarInfo]) -> RunRecord:
    found = [member for member in members if member.name == RECORD]
    file = archive.extractfile(found[0]) if found and found[0].size <= 4 * MIB else None
    if file is None:
        raise HarnessError(f"A run came back without a {RECORD} of its usual size.")
    try:
        return RunRecord.parse(file.read())
    except ValueError as error:
        raise HarnessError(f"A run came back with a damaged {RECORD}.") from error


def _refuse_other(record: RunRecord, identity: str, challenge: Challenge) -> None:
    if not _RUN_ID.fullmatch(record.run_id) or record.artifacts != f"runs/{record.run_id}":
        raise HarnessError(f"A run came back as '{excerpt(record.run_id)}', which no run is called.")
    if record.identity != identity or record.challenge.fingerprint != challenge.fingerprint:
        raise HarnessError(f"Run {record.run_id} came back, which is another one than was asked for.")


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    path = folder / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    file = archive.extractfile(member)
    assert file is not None  # it is a file
    with file, path.open("xb") as written:
        shutil.copyfileobj(file, written)


def _check_contents(folder: Path, record: RunRecord, challenge: Challenge) -> None:
    """Refuse what would be found damaged later, when the run is scored again or shown."""
    if record.status != "finished":
        return
    if Schema.read(folder / SCHEMA) != challenge.schema:
        raise HarnessError(f"Run {record.run_id} came back with the schema of another challenge.")
    recorded_prediction(folder, challenge)
    planets = ScoreTable.read(folder).planets
    if list(planets) != challenge.test.observations.names.tolist():
        raise HarnessError(f"Run {record.run_id} came back with scores of other planets.")
