"""Boards on terminals of several widths."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from harness_leaderboard.board import boards
from harness_leaderboard.fixed_table import FixedTable
from harness_leaderboard.table import board_table
from rich.console import Console
from rich.table import Table

from harness.data.record import RunRecord, ScoreRecord

Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]

GASES = ("H2O", "CO2", "CO", "CH4", "NH3")


def draw(records: list[RunRecord], width: int, sort: str | None = None, **what: bool) -> str:
    console = Console(file=StringIO(), width=width, highlight=False)
    for board in boards(records, sort=sort):
        console.print(board_table(board, console, **what))
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.fixture
def hela(make_record: Make, score: Score) -> Callable[..., RunRecord]:
    def make(estimator: str, r2: float, **fields: Any) -> RunRecord:
        parts = dict.fromkeys(("T", "H2O", "HCN", "NH3", "kappa0"), (r2, 0.009))
        scores = [score("r2", r2, 0.0047, parts=parts)]
        scores += [score(name, 0.5, 0.01, higher_is_better=False) for name in ("rmse", "crps", "coverage")]
        return make_record(estimator, scores=scores, challenge="hela:data/hela", **fields)

    return make


@pytest.fixture
def ariel(make_record: Make, score: Score) -> Callable[..., RunRecord]:
    def make(estimator: str, value: float, **fields: Any) -> RunRecord:
        parts = {"posterior": (value, 3.0), "spectral": (value, 1.2)}
        parts |= {f"posterior/log_{gas}": (value, 5.0) for gas in GASES}
        scores = [score("ariel", value, 2.9, parts=parts), score("ariel-official", value, 2.9)]
        scores += [score("r2", 0.5, 0.01)]
        return make_record(estimator, scores=scores, challenge="ariel-mini", **fields)

    return make


@pytest.mark.parametrize("width", [40, 80, 100, 140, 220])
@pytest.mark.parametrize("sort", [None, "fit", "r2"])
def test_no_line_is_wider_than_the_terminal(hela: Make, ariel: Make, width: int, sort: str | None) -> None:
    runs = [
        hela("random-forest", 0.62, options={"trees": 500, "min_leaf": 4}, seed=seed) for seed in range(3)
    ] + [hela("prior", 0.0), hela("npe", 0.5, status="failed", error="RuntimeError: the loss is NaN " * 5)]
    runs += [ariel("npe", 680.0, fingerprint="f" * 16, device="cuda (NVIDIA H200)")]
    lines = draw(runs, width, sort, runs=width >= 80, failed=width >= 80).splitlines()
    assert max(map(len, lines)) <= width


def test_eighty_columns_hold_the_score_and_its_parts(hela: Make) -> None:
    text = draw([hela("random-forest", 0.623), hela("prior", 0.0)], 80)
    assert "#  estimator" in text
    for name in ("r2", "T", "H2O", "HCN", "NH3", "kappa0"):
        assert name in text.split("───")[0]
    assert "0.623 ± 0.005" in text
    assert "everywhere: seeds 1, device cpu" in text
    assert "no room for: rmse, crps, coverage" in text


def test_a_wide_terminal_holds_everything(hela: Make) -> None:
    text = draw([hela("random-forest", 0.623)], 140)
    header = text.split("───")[0]
    for name in ("r2", "T", "kappa0", "rmse", "crps", "coverage", "fit", "sample", "seeds", "device"):
        assert name in header
    assert "no room" not in text


def test_parts_of_parts_are_the_first_to_go(ariel: Make) -> None:
    text = draw([ariel("npe", 680.0)], 110)
    header = text.split("───")[0]
    assert "posterior" in header
    assert "ariel-official" in header
    assert "log_H2O" not in header
    assert "no room for: posterior/... (5)" in text
    assert "log_H2O" in draw([ariel("npe", 680.0)], 220)


def test_ties_share_a_rank_and_are_explained(ariel: Make) -> None:
    runs = [ariel("npe", 680.0), ariel("bnn", 678.0), ariel("prior", 400.0)]
    text = draw(runs, 100)
    assert [line.split()[:2] for line in text.splitlines() if " ± " in line] == [
        ["1=", "npe"],
        ["1=", "bnn"],
        ["3", "prior"],
    ]
    assert "= tied: within the combined standard error" in text


def test_options_stand_below_the_name(hela: Make) -> None:
    lines = draw([hela("random-forest", 0.6, options={"trees": 500, "min_leaf": 4})], 140).splitlines()
    [row] = [number for number, line in enumerate(lines) if "random-forest" in line]
    assert lines[row + 1].strip() == "trees=500, min_leaf=4"


def test_the_heading_says_what_is_compared_and_how(hela: Make) -> None:
    text = draw([hela("prior", 0.0)], 140)
    assert text.startswith("hela:data/hela\n")
    assert "fingerprint 0123456789abcdef · planets: 800 train, 100 valid, 100 test" in text
    assert "ranked by r2, higher is better" in text


def test_failed_runs_are_counted_and_listed_when_asked_for(hela: Make) -> None:
    runs = [
        hela("prior", 0.0),
        hela("npe", 0.9, status="failed", error="RuntimeError: the loss is NaN"),
        hela("npe", 0.9, status="interrupted", error="interrupted"),
    ]
    assert "not ranked: 1 failed and 1 interrupted runs (--failed lists them)" in draw(runs, 140)
    assert "the loss is NaN" not in draw(runs, 140)
    assert "the loss is NaN" in draw(runs, 140, failed=True)


def test_a_challenge_on_which_nothing_finished_says_so(hela: Make) -> None:
    text = draw([hela("npe", 0.9, status="failed", error="RuntimeError: no")], 80)
    assert "No run has finished." in text
    assert "not ranked: 1 failed run (--failed lists them)" in text


def test_the_runs_behind_the_entries_can_be_listed(hela: Make) -> None:
    runs = [hela("random-forest", 0.62, seed=seed, label=f"try-{seed}") for seed in range(2)]
    text = draw(runs, 140, runs=True)
    for run in runs:
        assert run.run_id in text
        assert str(run.label) in text


def test_sorting_by_seconds_shows_the_score_beside_them(hela: Make) -> None:
    text = draw([hela("prior", 0.1, fit=0.5), hela("npe", 0.6, fit=4000.0)], 80, sort="fit")
    header, rows = text.split("───", 1)
    assert header.splitlines()[-1].split()[:4] == ["#", "estimator", "fit", "r2"]
    assert "4,000 s" in rows
    assert "0.600 ± 0.005" in rows


def test_what_has_no_value_stands_last_with_a_dash(hela: Make, make_record: Make, score: Score) -> None:
    broken = make_record("broken", scores=[score("r2", None)], challenge="hela:data/hela")
    text = draw([broken, hela("one", 0.5), hela("two", 0.2)], 140)
    assert [line.split()[:2] for line in text.splitlines() if "cpu" in line] == [
        ["1", "one"],
        ["2", "two"],
        ["-", "broken"],
    ]
    assert "- not ranked: has no value of r2" in text


def test_text_from_a_stranger_cannot_command_the_terminal(hela: Make) -> None:
    hostile = "\x1b[2J[bold]evil[/bold]"
    runs = [
        hela(hostile, 0.5, options={"a": hostile}, device=hostile, label=hostile),
        hela("npe", 0.5, status="failed", error=hostile, device=hostile),
    ]
    text = draw(runs, 220, runs=True, failed=True)
    assert "\x1b" not in text
    assert "[bold]evil[/bold]" in text


@pytest.mark.parametrize("width", [40, 80, 300])
def test_a_table_looks_as_rich_would_draw_it(
    ariel: Make, hela: Make, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    options = {f"option{number}": "a-word-longer-than-its-column" * 2 for number in range(3)}
    runs = [ariel("nearest", 680.0, options=options), hela("prior", 0.1)]
    drawn = draw(runs, width)
    monkeypatch.setattr(FixedTable, "__rich_console__", Table.__rich_console__)
    assert drawn == draw(runs, width)
