"""What is learned from, and what is said where a challenge lacks it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.data.truth import Truth
from harness.errors import HarnessError
from harness.training import ChallengeSources, Sources

CHALLENGE = Toy.create({"train": 60, "valid": 40, "test": 2, "rows": 200, "traced": 0.5}, name="toy")
TRAIN, VALID = CHALLENGE.train, CHALLENGE.valid
UNTRACED = replace(TRAIN, truth=Truth(TRAIN.parameters))
RUN = Run(name="small")
SIMULATOR = Run(name="small", forward_model=CHALLENGE.forward_model)


def sources(kind="auto", train=TRAIN, valid=VALID, run=RUN) -> Sources:
    return ChallengeSources(kind, 100, 0.25, 2).find(train, valid, CHALLENGE.schema, run)


@pytest.mark.parametrize(
    ("kind", "run", "train", "becomes"),
    [
        ("auto", SIMULATOR, TRAIN, "simulations and traces"),
        ("auto", SIMULATOR, UNTRACED, "simulations"),
        ("auto", RUN, TRAIN, "parameters and traces"),
        ("auto", RUN, UNTRACED, "parameters"),
        ("mix", SIMULATOR, TRAIN, "parameters and traces"),
        ("traces", RUN, TRAIN, "traces"),
    ],
)
def test_a_kind_of_supervision_becomes_what_the_challenge_has(kind, run, train, becomes):
    found = sources(kind, train, run=run)
    assert found.kind == becomes
    for part in (found.train, found.held_out):
        assert (part.pairs is not None) == (becomes != "traces")
        assert (part.traced is not None) == ("traces" in becomes)


@pytest.mark.parametrize("kind", ["traces", "mix"])
def test_a_challenge_without_traces_is_told_what_needs_none(kind, unfitted):
    with pytest.raises(HarnessError, match=r"no training planet .* has one; .*simulations do not need them"):
        sources(kind, UNTRACED)
    challenge = Toy.create({"train": 60, "valid": 5, "test": 2, "rows": 200, "traced": 0.0}, name="toy")
    reason = unfitted(supervision=kind).unsuitable_for(challenge)
    assert reason.startswith(f"It with supervision={kind} learns from traces, and no training planet")
    assert unfitted(supervision="auto").unsuitable_for(challenge) is None


def test_a_challenge_without_a_forward_model_is_told_what_needs_none():
    with pytest.raises(HarnessError, match=r"needs a forward model.*supervision=parameters does not"):
        sources("simulations")


def test_a_challenge_without_parameters_is_told_so():
    with pytest.raises(
        HarnessError, match=r"'small' learns from the parameters .* which this challenge lacks"
    ):
        sources("parameters", replace(TRAIN, truth=Truth(None)))


def test_a_single_planet_is_too_few():
    with pytest.raises(
        HarnessError, match="needs at least 2 planets to learn from, and this challenge has 1"
    ):
        sources("parameters", TRAIN[:1], VALID[:0])


def test_simulations_are_not_made_after_the_pattern_of_a_single_planet():
    with pytest.raises(HarnessError, match="needs at least 2 planets to learn from"):
        sources("simulations", TRAIN[:1], VALID[:0], run=SIMULATOR)


def test_validation_planets_are_held_out_where_the_challenge_holds_out_few():
    enough, few = sources("parameters"), sources("parameters", valid=VALID[:5])
    assert (enough.train.planets, enough.held_out.planets) == (60, 40)
    assert (few.train.planets, few.held_out.planets) == (54, 6)
    learned, held_out = (part.pairs.ideal.spectrum[:, 0].tolist() for part in (few.train, few.held_out))
    assert not set(learned) & set(held_out)
