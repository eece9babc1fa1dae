"""Ranks by the scores of the same planets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from harness_leaderboard.pooling import Pooled
from harness_leaderboard.ranking import ranks
from harness_leaderboard.resampling import Resampled
from harness_leaderboard.store import Store
from hypothesis import given
from hypothesis import strategies as st

from harness.data.record import RunRecord
from harness.runs import bootstrap

Harness = Callable[..., Result]
PLANETS = np.random.default_rng(0).normal(500, 300, size=100)


def pooled(values: np.ndarray) -> Pooled:
    return Pooled(float(values.mean()), float(values.std(ddof=1)) / 10)


def resampled(*scores: np.ndarray, higher_is_better: bool = True) -> Resampled:
    seeds = [np.atleast_2d(values) for values in scores]
    found = Resampled.of([pooled(values.mean(0)) for values in seeds], seeds, higher_is_better)
    assert found is not None
    return found


def test_a_small_gain_on_every_planet_is_told_where_errors_of_scores_are_large() -> None:
    noise = np.random.default_rng(1).normal(0, 5, size=100)
    found = resampled(PLANETS + 5 + noise, PLANETS)
    assert found.told_apart(0, 1)
    assert found.better(0, 1) == 1
    assert found.rank_intervals() == [(1, 1), (2, 2)]
    values = [pooled(PLANETS + 5), pooled(PLANETS)]
    assert [str(rank) for rank in ranks(values, True)] == ["1=", "1="]
    assert [str(rank) for rank in ranks(values, True, found)] == ["1", "2"]


def test_a_gain_that_some_planets_make_and_others_lose_is_not() -> None:
    gains = np.where(np.arange(100) % 2 == 0, 60, -50)
    found = resampled(PLANETS + gains, PLANETS)
    assert not found.told_apart(0, 1)
    assert 0.5 < found.better(0, 1) < 0.975
    assert found.rank_intervals() == [(1, 2), (1, 2)]


def test_an_unsure_leader_does_not_tie_two_that_the_planets_tell_apart() -> None:
    unsure = np.stack([PLANETS + 9 + shift for shift in (-60, 60)])
    found = resampled(unsure, PLANETS + 5, PLANETS)
    values = [pooled(values) for values in (PLANETS + 9, PLANETS + 5, PLANETS)]
    assert [str(rank) for rank in ranks(values, True, found)] == ["1=", "1=", "3"]


def test_seeds_that_scatter_tell_less() -> None:
    sure = resampled(np.stack([PLANETS + 5] * 3), np.stack([PLANETS] * 3))
    unsure = resampled(np.stack([PLANETS + 5 + shift for shift in (-20, 0, 20)]), np.stack([PLANETS] * 3))
    assert sure.told_apart(0, 1)
    assert not unsure.told_apart(0, 1)
    assert unsure.resolution([0, 1]) > sure.resolution([0, 1])


def test_where_less_is_better_less_is_ahead() -> None:
    found = resampled(PLANETS - 5, PLANETS, higher_is_better=False)
    assert found.better(0, 1) == 1
    assert found.rank_intervals() == [(1, 1), (2, 2)]


def test_equal_entries_share_the_better_rank() -> None:
    assert resampled(PLANETS, PLANETS, PLANETS - 50).rank_intervals() == [(1, 1), (1, 1), (3, 3)]


def test_what_differs_by_the_order_of_a_sum_alone_is_equal() -> None:
    rounded = PLANETS * (1 + 4e-16 * np.arange(100))
    assert not np.array_equal(rounded, PLANETS)
    found = resampled(rounded, PLANETS, PLANETS - 50)
    assert found.rank_intervals() == [(1, 1), (1, 1), (3, 3)]
    assert (found.told_apart(0, 1), found.better(0, 1), found.resolution([0, 1])) == (False, 0.5, 0)


def test_the_resolution_is_the_difference_that_is_just_told() -> None:
    noise = np.random.default_rng(2).normal(0, 30, size=100)
    noise -= noise.mean()
    limit = resampled(PLANETS + noise, PLANETS).resolution([0, 1])
    assert resampled(PLANETS + noise + 1.1 * limit, PLANETS).told_apart(0, 1)
    assert not resampled(PLANETS + noise + 0.9 * limit, PLANETS).told_apart(0, 1)


def test_neighbours_that_answer_alike_say_nothing_of_the_resolution() -> None:
    noise = np.random.default_rng(2).normal(0, 30, size=100)
    apart = resampled(PLANETS + noise, PLANETS).resolution([0, 1])
    assert apart is not None
    again = resampled(PLANETS + noise, PLANETS, PLANETS, PLANETS).resolution([0, 1, 2, 3])
    assert again == pytest.approx(apart, rel=0.2)
    assert resampled(PLANETS, PLANETS).resolution([0, 1]) == 0


def test_an_entry_without_planets_is_told_by_its_own_error() -> None:
    values = [pooled(PLANETS), pooled(PLANETS + 5), Pooled(PLANETS.mean(), 10.0), Pooled()]
    found = Resampled.of(values, [PLANETS[None], PLANETS[None] + 5, None, None], True)
    assert found.told_apart(0, 2) is None
    intervals = found.rank_intervals()
    assert intervals[2] == (1, 3)
    assert intervals[3] is None
    assert Resampled.of(values, [PLANETS[None], None, None, None], True) is None


@given(st.lists(st.integers(-40, 40), min_size=2, max_size=6))
def test_intervals_hold_the_rank_of_each(shifts: list[int]) -> None:
    scores = [PLANETS + shift for shift in shifts]
    found = resampled(*scores)
    for rank, interval in zip(
        ranks([pooled(values) for values in scores], True, found), found.rank_intervals(), strict=True
    ):
        assert interval[0] <= rank.number <= interval[1]


@pytest.fixture
def filled(store: Store, home: Path, make_record, score, write_run) -> list[RunRecord]:
    """Two runs a little apart on planets that are far apart, and one of which the planets are not known."""
    runs = []
    for name, shift in (("good", 5.0), ("plain", 0.0)):
        values = PLANETS + shift
        record = make_record(name, scores=[score("ariel", float(values.mean()), 30.0)])
        lines = ["planet_ID,ariel", *(f"p{number},{value}" for number, value in enumerate(values))]
        (write_run(record, home) / "scores.csv").write_text("\n".join(lines) + "\n")
        runs.append(record)
    runs.append(make_record("unknown", scores=[score("ariel", 100.0, 30.0)]))
    store.put(runs)
    return runs


def test_the_board_tells_ranks_their_intervals_and_what_it_cannot_tell(
    filled: list[RunRecord], harness: Harness, tmp_path: Path
) -> None:
    first, second, third = json.loads(harness("--json").stdout)[0]["entries"]
    assert [entry["rank"] for entry in (first, second, third)] == [1, 2, 3]
    assert (first["tied"], first["rank_lowest"], second["rank_highest"]) == (False, 1, 2)
    shown = harness().stdout
    assert "cannot be told on 100 planets" in shown
    assert harness("snapshot", tmp_path / "published").exit_code == 0
    assert "cannot be told on 100 planets" in (tmp_path / "published" / "README.md").read_text()
    assert "rank_lowest" in harness("--csv").stdout


def test_a_store_of_somebody_else_with_damaged_planets_ranks_without_them(
    filled: list[RunRecord], harness: Harness, store: Store, home: Path
) -> None:
    import sqlite3

    harness()
    for run in filled[:2]:
        (home / run.artifacts / "scores.csv").unlink()
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE planet_scores SET scores = x'00'")
        connection.execute("UPDATE planets SET planets = '[[1'")
    result = harness("--json")
    assert result.exit_code == 0
    first = json.loads(result.stdout)[0]["entries"][0]
    assert (first["rank"], first["tied"], first["rank_lowest"]) == (1, True, None)


@given(
    differences=st.lists(st.integers(-3, 3), min_size=2, max_size=400),
    shift=st.sampled_from([-1.0, 0.0, 0.5, 3.0]),
)
def test_two_are_told_apart_where_the_interval_of_their_difference_leaves_out_zero(
    differences: list[int], shift: float
) -> None:
    drawn = np.array(differences) + shift
    found = Resampled(np.stack([drawn, np.zeros(len(drawn))]), [True, True], planets=2)
    lower, upper = bootstrap.interval(drawn)
    assert found.told_apart(0, 1) == (lower > 0 or upper < 0)
