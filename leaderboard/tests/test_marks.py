"""Baselines, the ceiling and entries of a part of what others have are marked wherever a board is shown."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable

import pytest
from click.testing import Result
from harness_leaderboard.store import Store

Harness = Callable[..., Result]


@pytest.fixture(autouse=True)
def filled(store: Store, make_record, score) -> None:
    """The two ends of the scale, a method of two seeds of which one is scored, and one of fewer planets."""
    store.put(
        [
            make_record("prior", scores=[score("ariel", 400.0, 5.0)]),
            make_record("nested-sampling", scores=[score("ariel", 970.0, 1.0)]),
            make_record("half", seed=0, scores=[score("ariel", 800.0, 5.0)]),
            make_record("half", seed=1, scores=[score("ariel", None)]),
            make_record("few", scores=[score("ariel", 700.0, 5.0, n_planets=60)]),
            make_record("plain", scores=[score("ariel", 600.0, 5.0)]),
        ]
    )


def marked(harness: Harness) -> dict[str, list[str]]:
    [board] = json.loads(harness("--json").stdout)
    return {entry["estimator"]: entry["marks"] for entry in board["entries"]}


def test_each_is_marked_by_what_it_is(harness: Harness) -> None:
    found = marked(harness)
    assert found["prior"] == ["baseline"]
    assert found["nested-sampling"] == ["ceiling"]
    assert found["few"] == ["partial: 60 of 100 planets"]
    assert found["plain"] == []
    rows = csv.DictReader(harness("--csv").stdout.splitlines())
    assert {row["estimator"]: row["marks"] for row in rows}["nested-sampling"] == "ceiling"


@pytest.mark.parametrize("form", [(), ("--markdown",), ("--latex",)])
def test_every_table_shows_the_marks(harness: Harness, form: tuple[str, ...]) -> None:
    shown = harness(*form).stdout
    for words in ("baseline", "ceiling", "partial: 60 of 100 planets"):
        assert words in shown


def test_a_plugin_of_the_same_name_is_no_baseline(harness: Harness, store: Store, make_record, score) -> None:
    record = make_record("prior", scores=[score("ariel", 500.0, 5.0)])
    other = record.estimator.model_copy(update={"distribution": "somebody-else"})
    store.put([record.model_copy(update={"estimator": other})])
    [board] = json.loads(harness("--json").stdout)
    assert [one["marks"] for one in board["entries"] if one["estimator"] == "prior"] == [[], ["baseline"]]


def test_names_that_begin_like_an_argument_of_latex_are_words(
    harness: Harness, store: Store, make_record, score
) -> None:
    store.put([make_record(name, scores=[score("ariel", 100.0, 5.0)]) for name in ("[DEEP] net", "*star")])
    rows = harness("--latex").stdout.splitlines()
    assert not [row for row in rows if row.lstrip().startswith(("[", "*"))]
    assert any("{[}DEEP] net" in row for row in rows)
