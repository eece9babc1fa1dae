"""What is pooled into one entry, and what is not."""

from collections.abc import Callable
from typing import Any

import pytest
from harness_leaderboard.entries import Scorer, entries

from harness.data.record import ComponentRecord, RunRecord, ScoreRecord

Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]
Component = Callable[..., ComponentRecord]


def test_runs_that_differ_only_in_the_seed_are_one_entry(make_record: Make, score: Score) -> None:
    [entry] = entries(make_record(seed=n, scores=[score("r2", 0.5 + n / 10, 0.02)]) for n in (0, 1, 2))
    [pooled] = entry.scores.values()
    assert entry.seeds == pooled.seeds == (0, 1, 2)
    assert pooled.whole.value == pytest.approx(0.6)


@pytest.mark.parametrize(
    "other",
    [
        {"estimator": "forest"},
        {"options": {"neighbours": 7}},
        {"version": "0.2.0"},
        {"fingerprint": "fedcba9876543210"},
        {"n_samples": 4000},
        {"device": "cuda (NVIDIA H200)"},
        {"versions": {"python": "3.12.1", "torch": "2.13.0"}},
        {"git_revision": "0123456789ab"},
    ],
    ids=lambda other: next(iter(other)),
)
def test_runs_that_differ_in_anything_else_are_two(make_record: Make, other: dict[str, Any]) -> None:
    assert len(entries([make_record(), make_record(seed=1, **other)])) == 2


@pytest.mark.parametrize("kind", ["preprocessor", "embedder"])
def test_preprocessor_and_embedder_count_too(make_record: Make, component: Component, kind: str) -> None:
    variants = [component(kind, "pca", components=n) for n in (4, 8)] + [component(kind, "none"), None]
    assert len(entries(make_record(**{kind: variant}) for variant in variants)) == 4


@pytest.mark.parametrize("other", [{"version": "0.2.0"}, {"level": 0.9}, {"higher_is_better": False}])
def test_scores_of_a_changed_scorer_are_not_pooled(
    make_record: Make, score: Score, other: dict[str, Any]
) -> None:
    runs = [make_record(scores=[score("r2", 0.5)]), make_record(seed=1, scores=[score("r2", 0.9, **other)])]
    assert [score.whole.value for entry in entries(runs) for score in entry.scores.values()] == [0.5, 0.9]


def test_runs_with_other_scorers_are_two_for_no_one_command_makes_both(
    make_record: Make, score: Score
) -> None:
    first = make_record(scores=[score("r2", 0.5), score("crps", 1.0)])
    second = make_record(scores=[score("r2", 0.4), score("energy", 2.0)])
    assert [
        {scorer.name: pooled.whole.value for scorer, pooled in entry.scores.items()}
        for entry in entries([first, second])
    ] == [{"r2": 0.5, "crps": 1.0}, {"r2": 0.4, "energy": 2.0}]


def test_the_order_of_scorers_does_not_matter(make_record: Make, score: Score) -> None:
    names = [("r2", "crps"), ("crps", "r2")]
    runs = [
        make_record(seed=seed, scores=[score(one, 0.5) for one in both]) for seed, both in enumerate(names)
    ]
    assert len(entries(runs)) == 1


def test_a_seed_that_was_run_twice_counts_once_and_with_the_newest_run(
    make_record: Make, score: Score
) -> None:
    old = make_record(scores=[score("r2", 0.1)], fit=100.0)
    new = make_record(scores=[score("r2", 0.5)], fit=1.0)
    [entry] = entries([new, old])
    [pooled] = entry.scores.values()
    assert (pooled.whole.value, entry.fit_seconds.value, len(entry.runs)) == (0.5, 1.0, 2)


def test_parts_are_pooled_and_a_part_that_a_seed_lacks_has_no_value(make_record: Make, score: Score) -> None:
    [entry] = entries(
        [
            make_record(seed=0, scores=[score("r2", 0.5, parts={"T": (0.4, 0.01), "H2O": (0.6, 0.01)})]),
            make_record(seed=1, scores=[score("r2", 0.5, parts={"T": (0.6, 0.01)})]),
        ]
    )
    [pooled] = entry.scores.values()
    assert pooled.parts["T"].value == pytest.approx(0.5)
    assert pooled.parts["H2O"].value is None


def test_the_order_of_a_scorers_options_does_not_matter(score: Score) -> None:
    assert Scorer.of(score("r2", 0.5, a=1, b=2)) == Scorer.of(score("r2", 0.7, b=2, a=1))
