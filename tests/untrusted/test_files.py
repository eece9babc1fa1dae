"""A file is opened where it is one, and where it is no larger than its kind may be."""

import os
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.untrusted.files import expanded, read_bytes, read_text, require_file


def test_a_small_file_is_read_through_a_link_too(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbfsaid")
    (tmp_path / "link").symlink_to("file")
    assert require_file(tmp_path / "link") == 7
    assert read_text(tmp_path / "link", 7) == "said"


def odd(what: str, path: Path) -> Path:
    match what:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "endless":
            path.symlink_to("/dev/zero")
        case "circle":
            path.symlink_to(path.name)
        case "hole":
            path.touch()
            os.truncate(path, 3 * 2**30)
    return path


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("missing", "is missing; simulate it"),
        ("pipe", "is a pipe, a device or a socket; expected a file"),
        ("endless", "is a pipe, a device or a socket; expected a file"),
        ("folder", "is a folder; expected a file"),
        ("circle", r"cannot be read \(Too many levels of symbolic links\)"),
        ("hole", "has 3,072.0 MiB; a file of its kind has at most 1 MiB"),
    ],
)
def test_what_is_no_file_or_too_large_is_not_opened(tmp_path: Path, what: str, said: str) -> None:
    with pytest.raises(HarnessError, match=said):
        read_bytes(odd(what, tmp_path / "gift"), 2**20, "simulate it")


@pytest.mark.parametrize("name", ["a" * 300, "nul\0byte", "file/below"])
def test_a_name_that_cannot_be_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(HarnessError, match=r"cannot be read|is missing"):
        read_bytes(tmp_path / name, 2**20)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "gift").write_bytes(b"\xff\xfe\0")
    with pytest.raises(HarnessError, match="is not a text file"):
        read_text(tmp_path / "gift", 2**20)


def test_a_home_is_found_or_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/somewhere")
    assert expanded("~/x") == Path("/somewhere/x")
    with pytest.raises(HarnessError, match="a user who is not known here"):
        expanded("~nosuchuser/x")
    with pytest.raises(HarnessError, match="NUL character"):
        expanded("a\0b")
