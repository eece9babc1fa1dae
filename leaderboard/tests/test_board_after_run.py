"""What `harness run` shows last: the board of the challenges that it ran on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness_leaderboard import plugin
from harness_leaderboard.store import Store

from harness.data.record import RunRecord

Make = Callable[..., RunRecord]
Invoke = Callable[..., object]

TOY = ("-c", "toy", "--set", "challenge.train=60", "--set", "challenge.test=5", "--scorer", "r2")


@pytest.fixture
def report(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """What is printed when `harness run` ends with these runs, in a terminal of `width` characters."""

    def shown(*records: RunRecord, width: int = 80) -> str:
        monkeypatch.setenv("COLUMNS", str(width))
        plugin.runs_reported(records=records, home=home)
        return capsys.readouterr().out

    return shown


def marked(text: str) -> list[str]:
    return [line.split()[2] for line in text.splitlines() if line.startswith(">") and "made" not in line]


def test_run_ends_with_the_scores_and_then_one_board(process: Callable[..., Any]) -> None:
    started = process("run", *TOY, "--estimator", "prior", "--estimator", "nearest", COLUMNS="80")
    output, errors = started.communicate()
    assert started.returncode == 0, errors
    scores, _, board = output.partition("leaderboard ──")
    assert scores.count("seed 0") == 2
    assert board.count("ranked by r2") == 1
    assert {"prior", "nearest"} <= set(board.split())


def test_json_is_all_that_run_prints_when_it_is_asked_for(process: Callable[..., Any]) -> None:
    output, _ = process("run", *TOY, "--estimator", "prior", "--json", COLUMNS="80").communicate()
    assert json.loads(output)["estimator"]["name"] == "prior"


def test_what_was_made_just_now_is_marked_among_what_was_there(
    report: Callable[..., str], store: Store, make_record: Make
) -> None:
    old, new = make_record("nearest"), make_record("forest")
    store.put([old, new])
    assert marked(report(new)) == ["forest"]


def test_nothing_is_marked_where_everything_is_new(
    report: Callable[..., str], store: Store, make_record: Make
) -> None:
    records = [make_record("nearest"), make_record("forest")]
    store.put(records)
    text = report(*records)
    assert "forest" in text
    assert ">" not in text


def test_only_the_challenge_of_the_run_is_shown(
    report: Callable[..., str], store: Store, make_record: Make
) -> None:
    here, elsewhere = make_record(), make_record(challenge="hela:here", fingerprint="f" * 16)
    store.put([here, elsewhere])
    text = report(here)
    assert "toy" in text
    assert "hela" not in text


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_a_run_without_a_score_shows_no_board(
    report: Callable[..., str], store: Store, make_record: Make, status: str
) -> None:
    stopped = make_record(status=status, error="no")
    store.put([make_record(), stopped])
    assert report(stopped) == ""


def test_a_run_that_is_not_on_the_board_shows_none(report: Callable[..., str], make_record: Make) -> None:
    assert report(make_record()) == ""


@pytest.mark.parametrize("width", [60, 80, 120])
def test_it_keeps_to_the_width_of_the_terminal(
    report: Callable[..., str], store: Store, make_record: Make, width: int
) -> None:
    records = [make_record("nearest", options={f"option_{n}": n for n in range(12)}), make_record()]
    store.put(records)
    assert max(map(len, report(records[0], width=width).splitlines())) <= width
