"""`harness leaderboard --pareto`: score against cost."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from harness_leaderboard.store import Store

from harness.data.record import RunRecord, ScoreRecord

Harness = Callable[..., Result]
Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]


def front(harness: Harness, *words: str) -> dict[str, dict[str, Any]]:
    [board] = json.loads(harness("--pareto", "--json", *words).stdout)
    return {entry["estimator"]: entry for entry in board["entries"]}


@pytest.fixture
def filled(store: Store, make_record: Make, score: Score) -> None:
    """A cheap bad one, a good one of middling cost, a dear one that is worse, and one that nobody timed."""
    for name, value, fit in (("cheap", 0.2, 1.0), ("good", 0.8, 10.0), ("dear", 0.7, 100.0)):
        store.put([make_record(name, scores=[score("r2", value, 0.01)], fit=fit, sample=0.0)])
    store.put([make_record("untimed", scores=[score("r2", 0.9, 0.01)], fit=None, sample=None)])


@pytest.mark.usefixtures("filled")
def test_the_front_is_what_no_other_beats_in_both(harness: Harness) -> None:
    found = front(harness)
    assert [name for name, one in found.items() if one["on_front"]] == ["cheap", "good"]
    assert found["dear"]["beaten_by_runs"] == found["good"]["runs"]
    assert list(found) == ["cheap", "good", "dear", "untimed"], "from the cheapest on"


@pytest.mark.usefixtures("filled")
def test_what_was_not_measured_is_no_zero(harness: Harness) -> None:
    found = front(harness)
    assert (found["untimed"]["fit_and_sample_seconds"], found["untimed"]["on_front"]) == (None, False)
    assert "not measured" in harness("--pareto").stdout


def test_where_lower_is_better_the_front_turns(
    harness: Harness, store: Store, make_record: Make, score: Score
) -> None:
    for name, value, fit in (("low", 0.1, 5.0), ("high", 0.9, 6.0)):
        scores = [score("rmse", value, 0.01, higher_is_better=False)]
        store.put([make_record(name, scores=scores, fit=fit)])
    found = front(harness)
    assert (found["low"]["on_front"], found["high"]["on_front"]) == (True, False)


def test_equals_do_not_beat_each_other(harness: Harness, store: Store, make_record: Make) -> None:
    store.put([make_record("one"), make_record("two")])
    assert all(one["on_front"] for one in front(harness).values())


def test_devices_are_told_where_seconds_are_not_comparable(
    harness: Harness, store: Store, make_record: Make
) -> None:
    store.put([make_record("one"), make_record("two", device="cuda (a GPU)")])
    assert "seconds on cpu and cuda are not comparable" in harness("--pareto").stdout


@pytest.mark.parametrize("other", ["--csv", "--latex", "--runs", "--failed"])
def test_it_stands_alone(harness: Harness, other: str) -> None:
    result = harness("--pareto", other)
    assert result.exit_code == 2
    assert "table of its own" in result.stderr
