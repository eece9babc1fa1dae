"""What is written is on the disk, whole, before it has its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.files.storage import (
    is_disk_full,
    rename_whole,
    temporary_name,
    write_whole,
    write_whole_folder,
)


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def write(temporary: Path) -> None:
        temporary.write_text("first")
        write_whole(path, lambda other: other.write_text("second"))

    write_whole(path, write)
    assert path.read_text() == "first"
    assert list(tmp_path.iterdir()) == [path]
    assert temporary_name(path) != temporary_name(path)


def test_a_write_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("before")

    def write(temporary: Path) -> None:
        temporary.write_text("half")
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - it is the one raised above
        write_whole(path, write)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_everything_is_on_the_disk_before_the_renaming_and_the_name_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, place = tmp_path / "new", tmp_path / "place"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").touch()
    flushed: list[tuple[int, bool]] = []
    monkeypatch.setattr(os, "fsync", lambda number: flushed.append((os.fstat(number).st_ino, place.exists())))
    inodes = [path.stat().st_ino for path in (folder / "inner" / "file", folder / "inner", folder)]
    rename_whole(folder, place)
    assert {inode for inode, _ in flushed[:3]} == set(inodes)
    assert [renamed for _, renamed in flushed] == [False, False, False, True]
    assert flushed[3][0] == tmp_path.stat().st_ino


@pytest.mark.parametrize("written", [write_whole, write_whole_folder])
def test_what_a_library_makes_of_a_full_disk_is_an_error_of_the_system(tmp_path, written):
    def fail(path):
        raise RuntimeError("unable to extend file properly, error message = 'File too large'")

    with pytest.raises(OSError, match="No space left on device") as caught:
        written(tmp_path / "file", fail)
    assert is_disk_full(caught.value)
    assert list(tmp_path.iterdir()) == []
