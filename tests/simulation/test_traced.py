"""Which simulated planets get a reference posterior, and that it is theirs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.challenges import Split, Truth, load
from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.challenges.ariel2023.writer import write_ariel2023
from harness.data.observations import Observations
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.stopped import stopped_sentence
from harness.simulation import traced
from harness.simulation.challenge import SCHEMA, Part
from harness.simulation.shifts import Clouds, Matched, Misfit

ROWS = 40
FORWARD = ArielForwardModel(SCHEMA)


def planets(prefix: str, n: int) -> Split:
    generator = np.random.default_rng(n)
    lower, upper = np.array(SCHEMA.bounds).T
    channels = len(SCHEMA.wavelength)
    return Split(
        Observations(
            np.array([f"{prefix}{i + 1}" for i in range(n)]),
            torch.full((n, channels), 8e-3, dtype=torch.float64),
            torch.full((n, channels), 7e-5, dtype=torch.float64),
            torch.from_numpy(generator.uniform(1, 1e27, (n, len(SCHEMA.auxiliary)))),
        ),
        Truth(torch.from_numpy(lower + (upper - lower) * generator.uniform(0.3, 0.7, (n, 7)))),
    )


@pytest.fixture
def retrieved(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Retrievals that take no time: planets that were asked for, each with a trace of its own."""
    asked: list[str] = []

    def at_once(planets: Observations, *_: Any, **__: Any) -> list[NestedTrace]:
        asked.extend(planets.names.tolist())
        lower, upper = np.array(SCHEMA.bounds).T
        found = []
        for name in planets.names.tolist():
            generator = np.random.default_rng(sum(name.encode()))
            values = lower + (upper - lower) * generator.uniform(0.4, 0.6, (ROWS, 7))
            weights = np.full(ROWS, 1 / ROWS)
            found.append(NestedTrace(values, weights, np.zeros(ROWS), -float(len(found)), 1))
        return found

    monkeypatch.setattr(traced, "reference_posteriors", at_once)
    return asked


PARTS = [Part(Matched.create(), 3), Part(Clouds.create(), 2), Part(Misfit.create(), 2)]


@pytest.fixture
def splits(retrieved: list[str], tmp_path: Path) -> dict[str, Split]:
    labels = np.repeat([part.shift.name for part in PARTS], [part.planets for part in PARTS])
    test = replace(planets("test", 7), partition=labels)
    given = {"train": planets("train", 6), "valid": planets("valid", 2), "test": test}
    work = tmp_path / "work"
    return traced.with_traces(given, 4, PARTS, SCHEMA, FORWARD, 0, work, lambda done: None)


def test_the_first_training_planets_and_all_test_planets_are_retrieved(
    splits: dict[str, Split], retrieved: list[str]
) -> None:
    assert retrieved == ["train1", "train2", "train3", "train4", *(f"test{i + 1}" for i in range(7))]
    assert splits["train"].truth.traces is not None
    assert splits["train"].truth.traces.lengths.tolist() == [ROWS] * 4 + [0, 0]
    assert splits["test"].truth.n_traces == 7
    assert splits["valid"].truth.traces is None


def test_only_traces_of_the_misfit_are_displaced(splits: dict[str, Split]) -> None:
    traces = splits["test"].truth.traces
    assert traces is not None
    lower, upper = np.array(SCHEMA.bounds).T
    for planet in range(7):
        generator = np.random.default_rng(sum(f"test{planet + 1}".encode()))
        made = torch.from_numpy(lower + (upper - lower) * generator.uniform(0.4, 0.6, (ROWS, 7)))
        assert torch.equal(traces.trace(planet)[0], made) == (planet < 5)
        assert torch.equal(traces.trace(planet)[0][:, 1], made[:, 1])  # temperatures stay


def test_traces_and_their_evidence_survive_the_directory(splits: dict[str, Split], tmp_path: Path) -> None:
    write_ariel2023(tmp_path / "challenge", SCHEMA, splits)
    again = load(f"ariel2023:{tmp_path / 'challenge'}").test.truth.traces
    before = splits["test"].truth.traces
    assert again is not None
    assert before is not None
    assert again.log_evidence is not None
    assert torch.equal(again.log_evidence, before.log_evidence)
    assert torch.equal(again.values, before.values)
    assert torch.equal(again[[2, 0]].log_evidence, again.log_evidence[[2, 0]])


def test_a_release_without_evidence_has_none(splits: dict[str, Split], tmp_path: Path) -> None:
    traces = splits["test"].truth.traces
    assert traces is not None
    plain = replace(
        splits["test"], truth=Truth(splits["test"].parameters, replace(traces, log_evidence=None))
    )
    bare = {**splits, "train": splits["train"][4:], "test": plain}
    write_ariel2023(tmp_path / "challenge", SCHEMA, bare)
    again = load(f"ariel2023:{tmp_path / 'challenge'}").test.truth.traces
    assert again is not None
    assert again.log_evidence is None


def test_planets_whose_retrieval_was_stopped_are_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def stopped(seen: Observations, *_: Any, **__: Any) -> list[NestedTrace]:
        rows = np.tile(np.array(SCHEMA.bounds).mean(axis=1), (ROWS, 1))
        calls = [400_000 if name == "test2" else 20_000 for name in seen.names.tolist()]
        return [NestedTrace(rows, np.full(ROWS, 1 / ROWS), np.zeros(ROWS), 0.0, one) for one in calls]

    monkeypatch.setattr(traced, "reference_posteriors", stopped)
    given = {"train": planets("train", 3), "valid": planets("valid", 2), "test": planets("test", 4)}
    with pytest.warns(match=r"1 of 6 retrievals were stopped at the limit of 400,000 .*\(test2\)"):
        traced.with_traces(given, 2, PARTS[:1], SCHEMA, FORWARD, 0, tmp_path / "work", lambda done: None)


def test_only_the_first_of_many_stopped_retrievals_are_named() -> None:
    options = NestedOptions(calls=500)
    trace = NestedTrace(np.zeros((1, 7)), np.ones(1), np.zeros(1), 0.0, 500)
    sentence = stopped_sentence([f"test{i}" for i in range(5)], [trace] * 5, options)
    assert sentence is not None
    assert "(test0, test1, test2 and 2 more)" in sentence
