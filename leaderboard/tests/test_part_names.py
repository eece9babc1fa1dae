"""A parameter whose name holds a slash is one part of a score: after a run, on the board, in a snapshot."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from harness.data.score_parts import group_of

Invoke = Callable[..., Result]


@pytest.fixture
def ran(invoke: Invoke, shared_cases: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("HARNESS_HOME", str(home))
    result = invoke("run", "-c", f"hela:{shared_cases / 'hela-ratio'}", "-e", "prior", "--samples", "1000")
    assert result.exit_code == 0, result.stderr
    return result


def test_it_has_one_row_at_the_end_of_its_run(ran: Result) -> None:
    rows = [line.split() for line in ran.stdout.splitlines()]
    (ratio,) = [row for row in rows if row and row[0] == "C/O"]
    (temperature,) = [row for row in rows if row and row[0] == "T"]
    assert len(ratio) == len(temperature) == 6  # r2, rmse, crps, and two levels of coverage
    assert "O" not in [row[0] for row in rows if row]


def test_it_has_one_column_on_the_board_and_in_a_snapshot(
    ran: Result, invoke: Invoke, tmp_path: Path
) -> None:
    board = invoke("leaderboard")
    (heading,) = [line for line in board.stdout.splitlines() if line.strip().startswith("#")]
    assert heading.split()[:5] == ["#", "estimator", "r2", "T", "C/O"]
    assert invoke("leaderboard", "snapshot", tmp_path / "board").exit_code == 0
    page = (tmp_path / "board" / "README.md").read_text(encoding="utf-8")
    assert "| r2 | T | C/O | seeds |" in page
    (row,) = csv.DictReader((tmp_path / "board" / "board.csv").read_text(encoding="utf-8").splitlines())
    assert {"r2/T", "r2/C/O", "coverage/coverage_68/C/O"} <= row.keys()
    ranked = json.loads(invoke("leaderboard", "--sort", "r2/C/O", "--json").stdout)
    assert "r2/C/O" in json.dumps(ranked)


def test_a_part_belongs_to_another_part_alone() -> None:
    parts = ("coverage_68", "coverage_68/T", "coverage_68/C/O", "C/O", "T")
    assert [group_of(part, parts) for part in parts] == [None, "coverage_68", "coverage_68", None, None]
