"""Boards as a table of pandas, also through `harness.leaderboard`."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from harness_leaderboard.board import boards
from harness_leaderboard.export import csv_text
from harness_leaderboard.frame import board_frame
from harness_leaderboard.store import Store

import harness
from harness.data.record import RunRecord, ScoreRecord

Make = Callable[..., RunRecord]
Scored = Callable[..., ScoreRecord]


@pytest.fixture
def runs(make_record: Make, score: Scored) -> list[RunRecord]:
    return [
        make_record("nearest", seed=0, scores=[score("r2", 0.4, 0.01)], fit=1.0),
        make_record("nearest", seed=1, scores=[score("r2", 0.6, 0.01)], fit=3.0),
        make_record("prior", scores=[score("r2", 0.0, 0.01), score("rmse", 2.0, 0.1)]),
        make_record("npe", scores=[], status="failed", error="RuntimeError: no"),
        make_record("npe", scores=[score("rmse", 1.0, 0.1)]),
        make_record("prior", challenge="hela:x", fingerprint="f" * 16, scores=[score("crps", 3.0, 0.1)]),
    ]


def test_the_table_holds_what_the_csv_does(runs: list[RunRecord]) -> None:
    shown = boards(runs)
    table = board_frame(shown)
    rows = list(csv.DictReader(io.StringIO(csv_text(shown, failed=False))))
    assert list(table.columns) == list(rows[0])
    assert table["estimator"].tolist() == [row["estimator"] for row in rows]
    told = [float(row["r2"]) for row in rows if row["r2"]]
    assert table["r2"].dropna().tolist() == told
    assert len(table) == 4


def test_numbers_are_numbers_and_what_is_missing_is_missing(runs: list[RunRecord]) -> None:
    table = board_frame(boards(runs, "toy"))
    assert table["rank"].dtype == "Int64"
    assert table["rank"].tolist()[:2] == [1, 2]
    assert table["rank"].isna().tolist() == [False, False, True]
    assert table["score"].dtype == table["rmse"].dtype == "float64"
    assert table["n_samples"].tolist() == [2000, 2000, 2000]
    assert table["score"].iloc[0] == pytest.approx(0.5)


def test_the_board_is_there_from_python(home: Path, store: Store, runs: list[RunRecord]) -> None:
    empty = harness.leaderboard(home=home)
    assert len(empty) == 0
    assert {"challenge", "rank", "estimator", "score", "standard_error"} <= set(empty.columns)
    store.put(runs)
    assert len(harness.leaderboard(home=home)) == 4
    by_rmse = harness.leaderboard("toy", sort="rmse", home=home)
    pd.testing.assert_frame_equal(by_rmse, board_frame(boards(runs, "toy", "rmse")))
    with pytest.raises(harness.HarnessError, match="No run on the board is of the challenge"):
        harness.leaderboard("ariel-mini", home=home)
