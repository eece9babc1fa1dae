"""`harness leaderboard rescore`: scores from kept predictions, without fitting again."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from harness_leaderboard.store import Store

from harness.data.record import RunRecord

Harness = Callable[..., Result]


def board(harness: Harness, *words: str) -> list[dict]:
    return json.loads(harness(*words, "--json").stdout)[0]["entries"]


def test_a_scorer_that_no_run_had_fills_every_row(harness: Harness, toy_runs: list[RunRecord]) -> None:
    result = harness("rescore", "--scorer", "ddks")
    assert result.exit_code == 0, result.stderr
    assert "Added scores to 3 of 3 runs" in result.stdout
    entries = board(harness, "--sort", "ddks")
    assert [entry["estimator"] for entry in entries] == ["nearest", "prior"]
    assert entries[1]["scores"]["ddks"]["seeds"] == [0, 1]
    assert all(entry["rank_lowest"] is not None for entry in entries), "planets of added scores are kept"


def test_what_a_run_has_is_not_computed_again(harness: Harness, toy_runs: list[RunRecord]) -> None:
    harness("rescore", "--scorer", "rmse")
    assert (
        "Added scores to 0 of 3 runs; 3 had them all." in harness("rescore", "-s", "rmse", "-s", "r2").stdout
    )


def test_an_added_score_is_what_the_run_would_have_had(harness: Harness, toy_runs: list[RunRecord]) -> None:
    recorded = {entry["estimator"]: entry["scores"]["r2"] for entry in board(harness)}
    harness("rescore", "--scorer", "r2", "--scorer", "rmse")
    added = json.loads(harness("--sort", "r2", "--json").stdout)[0]["entries"]
    assert {entry["estimator"]: entry["scores"]["r2"] for entry in added} == recorded


def test_a_run_that_is_rescored_alone_stays_with_its_seeds(
    harness: Harness, toy_runs: list[RunRecord]
) -> None:
    harness("rescore", toy_runs[0].run_id, "--scorer", "rmse")
    entries = {entry["estimator"]: entry for entry in board(harness)}
    assert entries["prior"]["seeds"] == [0, 1]
    assert entries["prior"]["scores"]["rmse"]["seeds"] == [0]
    assert "rmse" not in entries["nearest"]["scores"]
    shown = harness("--sort", "rmse", "--markdown").stdout
    assert "prior (baseline, partial: 1 of 2 seeds)" in shown
    assert "| 1 (0) |" in shown


def test_records_stay_as_they_are(harness: Harness, toy_runs: list[RunRecord], store: Store) -> None:
    harness("rescore", "--scorer", "rmse")
    assert store.records() == toy_runs


def test_a_run_whose_predictions_are_gone_is_named(
    harness: Harness, toy_runs: list[RunRecord], home: Path
) -> None:
    harness()  # which takes the runs in
    shutil.rmtree(home / toy_runs[0].artifacts)
    (home / toy_runs[1].artifacts / "predictions.h5").unlink()
    shown = harness("rescore", "--scorer", "rmse").stdout
    assert "Added scores to 1 of 3 runs" in shown
    assert f"Left out {toy_runs[0].run_id}: its folder is not here" in shown
    assert f"Left out {toy_runs[1].run_id}: its folder has no predictions" in shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--scorer", "r3"], "did you mean 'r2'"),
        (["--scorer", "r2", "--set", "rmse.k=1"], "no such component takes part"),
        (["--challenge", "toi"], "did you mean 'toy'"),
        (["never"], "There is no run 'never'"),
        (["--scorer", "rmse", "--data", "hela:here"], "made on 'toy', and --data says 'hela'"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    harness: Harness, toy_runs: list[RunRecord], words: list[str], said: str
) -> None:
    result = harness("rescore", *words)
    assert result.exit_code == 2
    assert said in result.stderr


def test_an_empty_board_is_one_sentence(harness: Harness) -> None:
    result = harness("rescore")
    assert result.exit_code == 2
    assert "has finished" in result.stderr
