"""Whether an exported board, which may be a stranger's, is what its manifest says."""

from __future__ import annotations

import stat
from pathlib import Path

from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.files.storage import sha256_of
from harness.runs.home import RECORD
from harness.untrusted.words import excerpt
from harness_leaderboard.exchange.claims import check_files, check_texts
from harness_leaderboard.exchange.manifest import MANIFEST, RUNS, SNAPSHOT, File, Manifest


def checked_export(folder: Path) -> tuple[Manifest, dict[str, RunRecord]]:
    """The manifest of an exported board and the records of its runs by id, when everything is as it says.

    That is: each file that it names is one, as long as it says, with its hash, and no link; there is no other
    file but hidden ones; records are of the runs that they lie with, of one challenge, and say what their
    tables of planets do.

    Raises:
        HarnessError: something is not as it should be.
    """
    _refuse_link(folder / MANIFEST)
    manifest = Manifest.read(folder)
    for name in SNAPSHOT:
        if name not in manifest.files:
            raise HarnessError(f"{folder} has no {name} by its {MANIFEST}; every exported board has one.")
    for name, file in manifest.files.items():
        _check_file(folder, name, file)
    _refuse_others(folder, manifest)
    return manifest, {run_id: _checked_record(folder, run_id, manifest) for run_id in manifest.runs()}


def _refuse_others(folder: Path, manifest: Manifest) -> None:
    """Refuse a file that the manifest does not name; what version control and file managers hide may stay."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = name.startswith(".") or path.name.startswith(".")
        if name in manifest.files or name == MANIFEST or hidden or (path.is_dir() and not path.is_symlink()):
            continue
        raise HarnessError(
            f"{folder} holds '{excerpt(name)}', which its {MANIFEST} does not name; an exported board has "
            "no other file, so move it elsewhere."
        )


def _refuse_link(path: Path) -> None:
    if path.is_symlink():
        raise HarnessError(f"{path} is a link to another place; an exported board has none.")


def _check_file(folder: Path, name: str, file: File) -> None:
    """Refuse a file that is not what the manifest says, or that lies elsewhere."""
    path = folder
    for part in name.split("/"):
        path = path / part
        try:
            found = path.lstat()
        except OSError as error:
            raise HarnessError(
                f"{path}, which the manifest names, cannot be read ({error.strerror})."
            ) from error
        _refuse_link(path)
    if not stat.S_ISREG(found.st_mode):
        raise HarnessError(f"{path} is no file; expected one.")
    if found.st_size != file.bytes:
        raise HarnessError(f"{path} has {found.st_size:,} bytes, and {file.bytes:,} by the manifest.")
    if sha256_of(path) != file.sha256:
        raise HarnessError(f"{path} is not what the manifest says: its SHA-256 is another.")


def _checked_record(folder: Path, run_id: str, manifest: Manifest) -> RunRecord:
    names = manifest.of_run(run_id)
    place = folder / RUNS / run_id
    if RECORD not in names:
        raise HarnessError(f"{place} has no {RECORD} by the manifest; every run has one.")
    record = RunRecord.read(place / RECORD)
    if record.run_id != run_id or record.artifacts != f"{RUNS}/{run_id}":
        raise HarnessError(f"{place / RECORD} is the record of another run.")
    if record.status != "finished":
        raise HarnessError(f"{place / RECORD} is of a run that has not finished; only those are exchanged.")
    if record.challenge.fingerprint != manifest.fingerprint:
        raise HarnessError(f"{place / RECORD} is of another challenge than the manifest says.")
    check_texts(record)
    check_files(record, place)
    return record
