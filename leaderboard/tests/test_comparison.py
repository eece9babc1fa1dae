"""Two entries of the board on the same planets."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from harness_leaderboard.paired import difference
from harness_leaderboard.store import Store

from harness.data.record import RunRecord

Harness = Callable[..., Result]
Run = Callable[..., RunRecord]

EASY, HARD = ("a", "b", "c", "d"), ("x", "y")


@pytest.fixture
def run(store: Store, home: Path, make_record, score, write_run) -> Run:
    """Put a run on the board with these scores of six planets, four of them matched."""

    def put(
        estimator: str, values: Sequence[float], of_part: Sequence[float] | None = None, **fields
    ) -> RunRecord:
        higher = fields.pop("higher_is_better", True)
        parts = {"T": (float(np.mean(values[:4])), 3.0)}
        whole = score("ariel", float(np.mean(values[:4])), 4.0, parts=parts, higher_is_better=higher)
        record = make_record(estimator, scores=[whole], **fields)
        columns = [EASY + HARD, ["matched"] * 4 + ["shifted"] * 2, values, *([of_part] if of_part else [])]
        lines = ["planet_ID,partition,ariel" + ",ariel/T" * (of_part is not None)]
        lines += [",".join(map(str, row)) for row in zip(*columns, strict=True)]
        (write_run(record, home) / "scores.csv").write_text("\n".join(lines) + "\n")
        store.put([record])
        return record

    return put


def test_the_error_is_that_of_the_differences_not_of_the_scores(run: Run, harness: Harness) -> None:
    scores = np.array([900.0, 500.0, 300.0, 100.0, 50.0, 60.0])
    run("good", scores + np.array([10, 12, 8, 10, -5, -5]))
    run("plain", scores)
    value = json.loads(harness("compare", "good", "plain", "--json").stdout)
    whole, shifted = value["difference"], value["partitions"]["shifted"]
    assert (whole["planets"], whole["value"]) == (4, pytest.approx(10))
    assert whole["standard_error"] == pytest.approx(np.std([10, 12, 8, 10], ddof=1) / 2)
    assert 8 <= whole["interval"][0] < 10 < whole["interval"][1] <= 12
    assert (whole["better"], shifted["better"], shifted["value"]) == (1, 0, pytest.approx(-5))
    assert value["parts"]["T"]["value"] == pytest.approx(10)
    assert [planet["planet"] for planet in value["planets"]] == [*EASY, *HARD]


def test_parts_are_compared_on_the_same_planets_where_the_folders_have_them(
    run: Run, harness: Harness
) -> None:
    scores = [900.0, 500.0, 300.0, 100.0, 50.0, 60.0]
    run("good", scores, [910, 512, 308, 110, 50, 60])
    run("plain", scores, scores)
    run("old", [2 * score for score in scores])
    part = json.loads(harness("compare", "good", "plain", "--json").stdout)["parts"]["T"]
    assert (part["planets"], part["value"]) == (4, pytest.approx(10))
    assert part["standard_error"] == pytest.approx(np.std([10, 12, 8, 10], ddof=1) / 2)
    assert 8 <= part["interval"][0] < 10 < part["interval"][1] <= 12
    assert "two scores apart" not in harness("compare", "good", "plain").stdout
    assert "two scores apart" in harness("compare", "good", "old").stdout


def test_scores_that_differ_by_rounding_are_the_same(run: Run, harness: Harness) -> None:
    scores = np.array([900.0, 500.0, 300.0, 100.0, 50.0, 60.0])
    run("once", scores * (1 + 4e-16 * np.arange(6)))
    run("thousandfold", scores)
    value = json.loads(harness("compare", "once", "thousandfold", "--json").stdout)["difference"]
    assert (value["value"], value["standard_error"], value["better"]) == (0, 0, 0.5)
    shown = harness("compare", "once", "thousandfold").stdout
    assert "e-1" not in shown
    assert "0.999" not in shown


def test_a_table_says_who_is_ahead_where_and_by_which_planets(run: Run, harness: Harness) -> None:
    run("good", [10, 30, 11, 12, 1, 1], seed=0)
    run("good", [10, 32, 11, 12, 1, 1], seed=1)
    run("plain", [10, 11, 19, 12, 3, 3])
    shown = harness("compare", "good", "plain").stdout
    assert "A  good, seeds 0, 1" in shown
    assert "planets that speak most for A: b +20\n" in shown
    assert "planets that speak most for B: c -8\n" in shown
    assert "one seed alone says nothing of its scatter" in shown


def test_where_less_is_better_less_is_ahead(run: Run, harness: Harness) -> None:
    run("good", [1, 2, 3, 4, 5, 6], higher_is_better=False)
    run("plain", [2, 4, 5, 6, 7, 8], higher_is_better=False)
    value = json.loads(harness("compare", "good", "plain", "--json").stdout)
    assert value["difference"]["value"] < 0
    assert value["difference"]["better"] == 1


def test_seeds_that_scatter_make_a_difference_less_certain() -> None:
    values = np.linspace(0, 100, 50)
    alike, apart = np.stack([values, values, values]), np.stack([values - 9, values, values + 9])
    certain, less = difference(alike + 1, alike, True), difference(apart + 1, alike, True)
    assert certain.value == pytest.approx(less.value) == pytest.approx(1)
    assert less.standard_error == pytest.approx(9 / math.sqrt(3))
    assert certain.better == 1
    assert 0.5 < less.better < 0.7


def test_the_interval_of_a_bootstrap_is_that_of_a_mean() -> None:
    apart = np.random.default_rng(1).normal(3, 10, size=400)
    found = difference(apart[None], np.zeros((1, 400)), True)
    expected = [apart.mean() + sign * 1.96 * apart.std(ddof=1) / 20 for sign in (-1, 1)]
    assert found.interval == pytest.approx(expected, abs=0.06)


def test_a_run_stands_for_its_entry(run: Run, harness: Harness) -> None:
    first = run("good", [1, 2, 3, 4, 5, 6], options={"k": 1}, seed=0)
    run("good", [2, 3, 4, 5, 6, 7], options={"k": 1}, seed=1)
    other = run("good", [1, 1, 1, 1, 1, 1], options={"k": 2})
    ambiguous = harness("compare", "good", other.run_id)
    assert ambiguous.exit_code == 2
    assert "2 entries of 'good'" in ambiguous.stderr
    value = json.loads(harness("compare", first.run_id, other.run_id, "--json").stdout)
    assert [entry["seeds"] for entry in value["entries"]] == [[0, 1], [0]]
    assert "good (k=1), seeds 0, 1" in harness("compare", first.run_id, other.run_id).stdout


def test_a_picture_is_drawn_where_it_was_asked_for(run: Run, harness: Harness, tmp_path: Path) -> None:
    run("good", [1, 2, 3, 4, 5, 6], label="$a_b")
    run("plain", [2, 1, 3, 5, 7, 6])
    assert harness("compare", "good", "plain", "-o", tmp_path / "both.png").exit_code == 0
    assert (tmp_path / "both.png").read_bytes().startswith(b"\x89PNG")
    refused = harness("compare", "good", "plain", "-o", tmp_path / "both.pdf")
    assert refused.exit_code == 2
    assert ".png" in refused.stderr


def test_what_cannot_be_compared_is_refused_in_one_sentence(
    run: Run, harness: Harness, store: Store, home: Path, make_record, score
) -> None:
    good = run("good", [1, 2, 3, 4, 5, 6])
    run("plain", [2, 1, 3, 5, 7, 6])
    run("elsewhere", [1, 2, 3, 4, 5, 6], challenge="moon", fingerprint="fedcba9876543210")
    failed = make_record("broken", scores=[], status="failed", error="no")
    store.put([failed, make_record("distant", scores=[score("ariel", 1.0)], artifacts="runs/gone")])
    store.put([make_record("hostile", scores=[score("ariel", 1.0)], artifacts="../elsewhere")])
    hurt = run("hurt", [1, 2, 3, 4, 5, 6])
    (home / hurt.artifacts / "scores.csv").write_text("planet_ID,partition,ariel\na,matched,much\n")
    for words, sentence in (
        (("good", "hurt"), "is damaged"),
        (("good", "good"), "are the same entry"),
        (("good", good.run_id), "are the same entry"),
        (("good", "elsewhere"), "only scores of the same challenge"),
        (("good", "plane"), "Did you mean"),
        (("good", failed.run_id), "was not finished"),
        (("good", "distant"), "is not in"),
        (("good", "hostile"), "not a folder inside"),
        (("good", "plain", "--scorer", "r2"), "both have: ariel"),
        (("good", "plain", "--challenge", "mars"), "No run on the board is of the challenge"),
    ):
        result = harness("compare", *words)
        assert result.exit_code == 2, words
        assert sentence.lower() in result.stderr.lower().replace("\n", " "), result.stderr
        assert result.stdout == ""


def test_what_a_board_has_read_once_is_compared_without_the_folders(
    run: Run, harness: Harness, home: Path
) -> None:
    runs = [run("good", [1, 2, 3, 4, 5, 6]), run("plain", [2, 1, 3, 5, 7, 6])]
    before = harness("compare", "good", "plain", "--json").stdout
    for one in runs:
        (home / one.artifacts / "scores.csv").unlink()
    assert harness("compare", "good", "plain", "--json").stdout == before


def test_a_run_from_another_machine_brings_its_planets(
    run: Run, harness: Harness, home: Path, tmp_path: Path
) -> None:
    runs = [run("good", [1, 2, 3, 4, 5, 6]), run("plain", [2, 1, 3, 5, 7, 6])]
    home.rename(tmp_path / "other")
    folders = [tmp_path / "other" / one.artifacts for one in runs]
    assert harness("add", *folders).exit_code == 0
    assert json.loads(harness("compare", "good", "plain", "--json").stdout)["difference"]["planets"] == 4
