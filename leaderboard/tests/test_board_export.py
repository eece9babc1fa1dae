"""Boards for programs."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from harness_leaderboard.board import boards
from harness_leaderboard.export import board_value, csv_text

from harness.data.record import RunRecord, ScoreRecord


@pytest.fixture
def runs(make_record: Callable[..., RunRecord], score: Callable[..., ScoreRecord]) -> list[RunRecord]:
    def scores(value: float) -> list[ScoreRecord]:
        parts = {"T": (value, 0.02), "H2O": (value, 0.02)}
        return [score("r2", value, 0.01, parts=parts), score("rmse", 2.0, 0.1, higher_is_better=False)]

    options = {"neighbours": 7}
    return [
        make_record("nearest", options=options, seed=0, scores=scores(0.4), label="mine", fit=1.0),
        make_record("nearest", options=options, seed=1, scores=scores(0.6), fit=3.0),
        make_record("prior", scores=scores(0.0)),
        make_record("npe", scores=[], status="failed", error="RuntimeError: no"),
    ]


def test_json_holds_all_that_the_table_shows(runs: list[RunRecord]) -> None:
    [board] = boards(runs)
    value = json.loads(json.dumps(board_value(board, failed=False)))
    assert (value["challenge"], value["fingerprint"]) == ("toy", "0123456789abcdef")
    assert (value["ranked_by"], value["higher_is_better"], value["n_failed"]) == ("r2", True, 1)
    assert "failed" not in value
    first, last = value["entries"]
    assert (first["rank"], first["tied"], first["estimator"]) == (1, False, "nearest")
    assert first["options"] == {"neighbours": 7}
    assert first["score"] == pytest.approx(0.5)
    assert first["standard_error"] == pytest.approx((0.01**2 + 0.1**2) ** 0.5)
    assert first["standard_error_over_planets"] == pytest.approx(0.01)
    assert first["standard_error_between_seeds"] == pytest.approx(0.1)
    assert first["parts"]["T"]["value"] == pytest.approx(0.5)
    assert first["scores"]["rmse"]["value"] == 2.0
    assert first["scores"]["rmse"]["higher_is_better"] is False
    assert (first["seeds"], first["runs"]) == ([0, 1], [run.run_id for run in runs[:2]])
    assert (first["fit_seconds"], first["sample_seconds"], first["device"]) == (2.0, 0.5, "cpu")
    assert first["labels"] == ["mine"]
    assert (last["rank"], last["estimator"]) == (2, "prior")


def test_a_time_budget_is_in_json_and_csv(make_record: Callable[..., RunRecord]) -> None:
    runs = [make_record(time_budget=15.0)]
    [board] = boards(runs)
    assert board_value(board, failed=False)["entries"][0]["time_budget"] == 15.0
    [row] = csv.DictReader(io.StringIO(csv_text([board], failed=False)))
    assert row["time_budget"] == "15.0"


def test_json_lists_failed_runs_when_asked_for(runs: list[RunRecord]) -> None:
    [board] = boards(runs)
    [failure] = board_value(board, failed=True)["failed"]
    assert (failure["run"], failure["error"]) == (runs[-1].run_id, "RuntimeError: no")


def test_csv_has_a_line_for_each_entry_and_a_column_for_each_score_and_part(runs: list[RunRecord]) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(boards(runs), failed=False))))
    assert [(row["rank"], row["estimator"], row["options"]) for row in rows] == [
        ("1", "nearest", "neighbours=7"),
        ("2", "prior", ""),
    ]
    assert float(rows[0]["r2"]) == float(rows[0]["score"]) == pytest.approx(0.5)
    assert float(rows[0]["r2/T"]) == pytest.approx(0.5)
    assert float(rows[0]["rmse standard error"]) == pytest.approx(0.1)
    assert rows[0]["seeds"] == "0 1"


def test_csv_lists_failed_runs_without_a_rank(runs: list[RunRecord]) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(boards(runs), failed=True))))
    assert (rows[-1]["status"], rows[-1]["rank"], rows[-1]["error"]) == ("failed", "", "RuntimeError: no")


def test_no_board_is_a_header_alone() -> None:
    assert csv_text([], failed=True) == "challenge\n"
