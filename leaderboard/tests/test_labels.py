"""Names on a board: no longer than needed, never two alike."""

from collections.abc import Callable

import pytest
from harness_leaderboard.entries import Scorer, entries
from harness_leaderboard.labels import entry_details, method_details, scorer_titles

from harness.data.record import ComponentRecord, RunRecord, ScoreRecord

Make = Callable[..., RunRecord]
Score = Callable[..., ScoreRecord]
Component = Callable[..., ComponentRecord]


def test_a_method_with_all_defaults_needs_no_details(make_record: Make) -> None:
    assert method_details(make_record()) == []


def test_details_are_the_options_that_differ_and_what_stands_before_the_estimator(
    make_record: Make, component: Component
) -> None:
    record = make_record(
        options={"neighbours": 7, "metric": "noise"},
        preprocessor=component("preprocessor", "standardize"),
        embedder=component("embedder", "pca", changed={"components": 8}, whiten=False),
    )
    assert method_details(record) == ["neighbours=7", "metric=noise", "standardize", "pca(components=8)"]


def test_a_time_budget_is_always_told(make_record: Make) -> None:
    assert method_details(make_record(time_budget=15.0, options={"k": 7})) == ["k=7", "budget 15 s"]


def test_namesakes_that_were_scored_otherwise_say_so(make_record: Make, score: Score) -> None:
    runs = [make_record(scores=[score("r2", 0.5)]), make_record(scores=[score("energy", 0.5)])]
    assert entry_details(entries(runs)) == [
        ["scored by r2"],
        ["scored by energy"],
    ]


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"n_samples": 4000}, ["2,000 samples", "4,000 samples"]),
        ({"device": "cuda"}, ["cpu", "cuda"]),
        ({"version": "0.2.0"}, ["ariel-harness 0.1.0", "ariel-harness 0.2.0"]),
        ({"versions": {"python": "3.11.7", "torch": "2.14.0"}}, ["torch 2.13.0", "torch 2.14.0"]),
        ({"git_revision": "0123456789ab+"}, ["no revision", "revision 0123456+"]),
    ],
)
def test_namesakes_say_what_tells_them_apart(
    make_record: Make, other: dict[str, object], told: list[str]
) -> None:
    details = entry_details(entries([make_record(), make_record(**other)]))
    assert details == [[told[0]], [told[1]]]


def test_only_namesakes_say_more(make_record: Make) -> None:
    runs = [make_record(), make_record("forest", n_samples=4000), make_record(options={"neighbours": 7})]
    assert entry_details(entries(runs)) == [[], [], ["neighbours=7"]]


def test_many_differences_are_counted(make_record: Make) -> None:
    runs = [make_record(versions=dict.fromkeys("abcde", version)) for version in ("1", "2")]
    assert entry_details(entries(runs))[0] == ["a 1", "b 1", "c 1", "and 2 more"]


def test_an_option_that_there_was_not_yet_is_no_difference(make_record: Make, component: Component) -> None:
    old = component("estimator", "nearest", neighbours=100)
    new = component("estimator", "nearest", neighbours=100, emulator=None, size=0)
    runs = [
        make_record().model_copy(update={"estimator": old}),
        make_record(git_revision="0123456ab").model_copy(update={"estimator": new}),
        make_record(git_revision="fedcba987").model_copy(update={"estimator": new}),
    ]
    assert entry_details(entries(runs)) == [["no revision"], ["revision 0123456"], ["revision fedcba9"]]


def test_it_is_named_where_nothing_else_tells_rows_apart(make_record: Make, component: Component) -> None:
    estimators = [component("estimator", "nearest", k=1), component("estimator", "nearest", k=1, size=0)]
    runs = [make_record().model_copy(update={"estimator": estimator}) for estimator in estimators]
    assert entry_details(entries(runs)) == [["without option size"], ["size=0"]]


def test_what_tells_the_last_two_apart_is_never_among_the_many(make_record: Make) -> None:
    shared = {"a": "1", "b": "1", "c": "1", "d": "1"}
    runs = [make_record(versions=shared | {"e": "1"}), make_record(versions=shared | {"e": "2"})]
    runs.append(make_record(versions=dict.fromkeys("abcde", "2")))
    details = entry_details(entries(runs))
    assert details[0] == ["a 1", "e 1", "b 1", "and 2 more"]
    assert len(set(map(tuple, details))) == 3


def test_scorers_are_told_apart_by_version_and_options(score: Score) -> None:
    scorers = [
        Scorer.of(score("crps", 1.0)),
        Scorer.of(score("r2", 1.0)),
        Scorer.of(score("r2", 1.0, version="0.2.0")),
        Scorer.of(score("r2", 1.0, version="0.2.0", level=0.9)),
    ]
    assert list(scorer_titles(scorers).values()) == ["crps", "r2 0.1.0", "r2 0.2.0", "r2 0.2.0 level=0.9"]
