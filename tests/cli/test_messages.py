"""What a person is told who mistypes: one sentence, exit code 2, and nothing on standard output."""

from __future__ import annotations

import errno
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from harness.cli import main
from harness.cli.terminal import PlainConsole, styled
from harness.cli.whole_table import print_whole

Invoke = Callable[..., Result]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--nope"), "No such option"),
        (("run", "-e", "prior", "--seed", "1.5"), "'--seed'"),
        (("run", "-e", "prior", "extra"), "extra argument"),
        (("submit", "latest"), "Missing option"),
        (("explain", "latest", "--seed", str(2**63)), "is not in the range"),
        (("explore", "toy", "-o", "it.png", "--seed", str(2**63)), "is not in the range"),
        (("emulator", "train", "toy", "-o", "it", "--seed", str(2**63)), "is not in the range"),
        (("explain", "latest", "--minutes", "nan"), "nan is not in the range x>0"),
        (("opacities", "foreign", "-o", "it", "--scale", "nan"), "nan is not in the range"),
        (("rn",), "did you mean 'run'"),
        (("leaderboard", "--json", "--csv"), "choose one"),
    ],
    ids=" ".join,
)
def test_a_mistyped_command_is_one_sentence(invoke: Invoke, words: tuple[str, ...], said: str) -> None:
    result = invoke(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "--help' says more" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "-e", "prior", "--set", "embedder.components=3"),
        ("run", "-e", "prior", "--set", "preprocessor.center=true"),
        ("data", "describe", "toy", "--set", "estimator.k=3"),
        ("score", __file__, "-c", "toy", "--set", "estimator.k=3"),
    ],
    ids=" ".join,
)
def test_an_option_of_a_kind_that_takes_no_part_is_refused(invoke: Invoke, words: tuple[str, ...]) -> None:
    result = invoke(*words)
    assert result.exit_code == 2
    assert f"options of '{words[-1].partition('.')[0]}' are set" in result.stderr


@pytest.mark.parametrize("line", ["seed = -1", "time_budget = -1", "time_budget = nan", "time_budget = inf"])
def test_a_config_file_obeys_the_ranges_of_the_options(invoke: Invoke, tmp_path: Path, line: str) -> None:
    path = tmp_path / "run.toml"
    path.write_text(f'estimators = ["prior"]\n{line}\n')
    result = invoke("run", "--config", path)
    assert result.exit_code == 2
    assert "expected" in result.stderr


def test_an_option_that_no_record_could_be_read_with_is_refused(invoke: Invoke, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(f"[nearest]\nk = {2**63}\n")
    for given in (("--set", f"nearest.k={2**63}"), ("--config", path)):
        result = invoke("run", "-c", "toy", "-e", "nearest", *given)
        assert result.exit_code == 2
        assert f"Option 'k' of nearest is {2**63}; expected numbers below 1e150" in result.stderr


def test_a_folder_that_may_not_be_read_is_one_sentence(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "TrainingData").mkdir()

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", refuse)  # root may read everything
    result = invoke("data", "describe", f"ariel2023:{tmp_path}")
    assert result.exit_code == 2
    assert f"{tmp_path / 'TrainingData'} cannot be used: permission is denied" in result.stderr


def test_a_terminal_of_few_characters_shows_the_rest_as_question_marks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", terminal)
    small = ["--set", "challenge.train=40", "--set", "challenge.valid=5", "--set", "challenge.test=5"]
    with pytest.raises(SystemExit) as ended:
        main(["data", "describe", "toy", *small])
    assert not ended.value.code
    terminal.flush()
    assert b"planet_radius" in terminal.buffer.getvalue()  # type: ignore[attr-defined]


def test_standard_output_of_few_characters_shows_the_rest_as_question_marks(home: Path) -> None:
    small = ["--set", "challenge.train=40", "--set", "challenge.valid=5", "--set", "challenge.test=5"]
    shown = subprocess.run(
        [sys.executable, "-m", "harness", "data", "describe", "toy", *small],
        env=dict(os.environ, PYTHONIOENCODING="ascii", HARNESS_HOME=str(home)),
        capture_output=True,
    )
    assert shown.returncode == 0
    assert b"planet_radius" in shown.stdout
    assert b"?" in shown.stdout


def test_no_number_is_cut_in_a_narrow_terminal() -> None:
    written = io.StringIO()
    console = Console(file=written, width=10)
    table = Table("first", "second")
    table.add_row("-0.0123456", "1234567.89")
    print_whole(console, table)
    assert "-0.0123456" in written.getvalue()
    assert "1234567.89" in written.getvalue()
    assert console.width == 10


@pytest.mark.parametrize("width", [None, "30"])
def test_a_text_is_wrapped_only_where_there_is_a_width(
    monkeypatch: pytest.MonkeyPatch, width: str | None
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    if width is not None:
        monkeypatch.setenv("COLUMNS", width)
    sentence = "as long as it is (p = 0.01), " * 20
    table = Table("first")
    table.add_row("word " * 20)
    written = io.StringIO()
    console = PlainConsole(file=written)
    console.print(sentence)
    console.print(styled((sentence, "bold")))
    console.print("", Group(Text(sentence, style="dim"), Group(table)), sep="\n")
    lines = [line.strip() for line in written.getvalue().splitlines()]
    whole = [line for line in lines if line == sentence.strip()]
    assert len(whole) == (3 if width is None else 0)
    assert any(("word " * 20).strip() in line for line in lines) == (width is None)


def test_a_message_moves_no_cursor_and_stays_one_line(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("data", "describe", f"simulated:{tmp_path}/\x1b[31mred\nline.h5")
    assert result.exit_code == 2
    assert result.stderr.endswith("\n")
    assert result.stderr[:-1].isprintable()
    assert "\N{REPLACEMENT CHARACTER}[31mred line.h5 is missing" in result.stderr


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENAMETOOLONG, errno.EISDIR, errno.ENOTDIR, errno.EIO])
def test_a_place_that_cannot_be_is_named(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    result = invoke("plugins", "new", "my-method", "--directory", tmp_path)
    assert result.exit_code == 2
    assert f"cannot be used ({os.strerror(number)})" in result.stderr
    assert len(result.stderr.splitlines()) == 1
