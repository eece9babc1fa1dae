"""A run that travelled is put into a home whole and checked, or not at all."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

import harness
from harness.challenges import load
from harness.cluster import parcel
from harness.cluster.parcel import packed, taken_in
from harness.components import Challenge
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.runs.home import Home

SMALL = {"train": 60, "valid": 20, "test": 4}


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return load("toy", SMALL)


@pytest.fixture(scope="module")
def made(challenge: Challenge, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunRecord, Path]:
    """A finished run and its folder."""
    home = tmp_path_factory.mktemp("worker")
    record = harness.run("prior", challenge, scorers=["r2"], home=home, quiet=True)
    return record, home / record.artifacts


def changed(content: bytes, change: Callable[[tarfile.TarInfo], bytes | None]) -> bytes:
    """The same parcel with members that `change` may alter; what it returns is the content instead."""
    written = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(content)) as before,
        tarfile.open(fileobj=written, mode="w") as after,
    ):
        for member in before:
            file = before.extractfile(member)
            assert file is not None
            data = file.read()
            instead = change(member)
            if instead is not None:
                data, member.size = instead, len(instead)
            after.addfile(member, io.BytesIO(data) if member.isreg() else None)
    return written.getvalue()


def renamed(old: str, new: str) -> Callable[[tarfile.TarInfo], bytes | None]:
    def change(member: tarfile.TarInfo) -> None:
        if member.name == old:
            member.name = new

    return change


def linked(member: tarfile.TarInfo) -> None:
    if member.name == "log.txt":
        member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0


def filled(name: str, content: bytes) -> Callable[[tarfile.TarInfo], bytes | None]:
    return lambda member: content if member.name == name else None


def test_a_run_that_travelled_is_the_same_run(
    made: tuple[RunRecord, Path], challenge: Challenge, tmp_path: Path
) -> None:
    record, folder = made
    home = Home(tmp_path)
    assert taken_in(packed(folder), home, record.identity, challenge) == record
    arrived = home.runs / record.run_id
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {
        path.relative_to(arrived): path.read_bytes() for path in arrived.rglob("*") if path.is_file()
    } == files
    with pytest.raises(HarnessError, match="already"):
        taken_in(packed(folder), home, record.identity, challenge)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (renamed("log.txt", "../log.txt"), "no file of a run"),
        (renamed("log.txt", "/etc/log.txt"), "no file of a run"),
        (renamed("log.txt", "artifacts/../../x"), "no file of a run"),
        (renamed("log.txt", "artifacts/a\\b"), "no file of a run"),
        (renamed("log.txt", "program.py"), "no file of a run"),
        (renamed("log.txt", "SCHEMA.json"), "no file of a run"),
        (renamed("log.txt", "schema.json"), "two files of one name"),
        (renamed("record.json", "log.txt"), "two files of one name"),
        (renamed("record.json", "artifacts/record.json"), "without a record.json"),
        (linked, "a link or no file"),
        (filled("record.json", b"{}"), "damaged record.json"),
        (filled("schema.json", b"{}"), "schema"),
        (filled("predictions.h5", b"no file of HDF5"), "predictions"),
        (filled("scores.csv", b"planet_ID,partition,r2\nx,,1\n"), "other planets"),
    ],
)
def test_a_hostile_folder_is_refused_and_nothing_of_it_kept(
    made: tuple[RunRecord, Path],
    challenge: Challenge,
    tmp_path: Path,
    change: Callable[[tarfile.TarInfo], bytes | None],
    sentence: str,
) -> None:
    record, folder = made
    home = Home(tmp_path / "home")
    with pytest.raises(HarnessError, match=sentence):
        taken_in(changed(packed(folder), change), home, record.identity, challenge)
    assert not home.runs.exists() or not list(home.runs.iterdir())
    assert not [path for path in tmp_path.iterdir() if path != home.path]


def test_another_run_than_was_asked_for_is_refused(
    made: tuple[RunRecord, Path], challenge: Challenge, tmp_path: Path
) -> None:
    record, folder = made
    with pytest.raises(HarnessError, match="another one than was asked for"):
        taken_in(packed(folder), Home(tmp_path), "0" * 16, challenge)
    with pytest.raises(HarnessError, match="another one than was asked for"):
        taken_in(packed(folder), Home(tmp_path), record.identity, load("toy", {**SMALL, "seed": 1}))


def test_too_much_is_refused_on_both_sides(
    made: tuple[RunRecord, Path], challenge: Challenge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, folder = made
    content = packed(folder)
    monkeypatch.setattr(parcel, "MOST_BYTES", 1000)
    with pytest.raises(HarnessError, match="too much to be sent home"):
        packed(folder)
    with pytest.raises(HarnessError, match="too much"):
        taken_in(content, Home(tmp_path), record.identity, challenge)
    monkeypatch.setattr(parcel, "MOST_BYTES", len(content))
    monkeypatch.setattr(parcel, "MOST_FILES", 3)
    with pytest.raises(HarnessError, match="more than 3 files"):
        taken_in(content, Home(tmp_path), record.identity, challenge)


def test_what_is_cut_off_on_the_way_is_refused(
    made: tuple[RunRecord, Path], challenge: Challenge, tmp_path: Path
) -> None:
    record, folder = made
    with pytest.raises(HarnessError):
        taken_in(packed(folder)[:-20_000], Home(tmp_path), record.identity, challenge)
