"""Weights that follow the reference posteriors, by a retrieval that is learned from the traces."""

from __future__ import annotations

import json

import pytest
import torch

import harness
from harness.challenges.toy import Toy
from harness.components import Challenge, FunctionForwardModel
from harness.components.run import Run
from harness.errors import HarnessError
from harness.fitted_opacities import condensed
from harness.fitted_retrieval.fit import Steps
from harness.runs.assembly import build_estimator
from harness.runs.plan import plan_estimator
from harness.training import traced_retrieval

# a density that has hardly learned proposes little that counts
pytestmark = pytest.mark.filterwarnings("ignore:.*rest on fewer than 100 effective samples")
OPTIONS = {
    "supervision": "parameters",
    "epochs": 1,
    "steps": 30,
    "transforms": 1,
    "proposals": 2,
    "weighed_by": "traces",
}


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return harness.load("ariel-mini")


@pytest.fixture(scope="module", autouse=True)
def sooner():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(condensed, "ATMOSPHERES", 250)
        patch.setattr(traced_retrieval, "STEPS", Steps(first=12, second=4))
        yield


def built(challenge: Challenge, **options):
    parts = plan_estimator({"estimator": {**OPTIONS, **options}}, "npe-kl", None, None)
    return build_estimator(challenge.schema, *parts)


@pytest.fixture(scope="module")
def surroundings(challenge: Challenge, tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("checkpoint")
    return Run(name="npe-kl", forward_model=challenge.forward_model, checkpoint=folder)


@pytest.fixture(scope="module")
def fitted(challenge: Challenge, surroundings: Run):
    estimator = built(challenge)
    estimator.fit(challenge.train, challenge.valid, surroundings)
    return estimator


def test_samples_are_weighed_by_the_retrieval_that_was_learned(fitted, challenge, surroundings, tmp_path):
    some = challenge.test.observations[:2]
    posterior = fitted.sample(some, 200, surroundings)
    assert posterior.evidence is not None
    assert bool(posterior.evidence.log_evidence.isfinite().all())
    assert posterior.weights.shape == (2, 200)
    fitted.artifacts(tmp_path)
    told = json.loads((tmp_path / "retrieval.json").read_text())
    assert told["traces"] + told["held_out"] == challenge.train.truth.n_traces
    assert told["density_after"] >= told["density_before"]
    assert len(told["planet_mass_MJup"]) == len(told["mass_over_planet_mass"])


def test_a_saved_one_answers_as_before_and_says_when_the_opacities_are_others(
    fitted, challenge, surroundings, tmp_path
):
    some = challenge.test.observations[:1]
    before = fitted.sample(some, 200, surroundings)
    fitted.save(tmp_path / "saved")
    again = built(challenge)
    again.load(tmp_path / "saved", surroundings)
    assert torch.equal(again.sample(some, 200, surroundings).samples, before.samples)

    class Others(type(challenge.forward_model())):
        identity = "other opacities"

    others = Others(challenge.schema)
    again.load(tmp_path / "saved", surroundings)
    with pytest.raises(HarnessError, match="learned its retrieval as changes of other opacities"):
        again.sample(some, 200, Run(name="npe-kl", forward_model=lambda: others))


def test_what_was_learned_is_found_in_the_checkpoint(fitted, challenge, surroundings, monkeypatch):
    def learned_anew(*arguments: object) -> None:
        raise AssertionError("learned again")

    monkeypatch.setattr(traced_retrieval, "fit_retrieval", learned_anew)
    again = built(challenge)
    again.parts().sampler.begin(challenge.train, surroundings)


def test_it_is_refused_where_there_is_nothing_to_weigh_or_nothing_to_learn_from(challenge):
    with pytest.raises(HarnessError, match="it weighs proposals, and there are none"):
        built(challenge, proposals=0)
    curve = FunctionForwardModel(lambda parameters, star, mass: parameters, "a curve")
    for run, options, words in (
        (Run(name="npe-kl", forward_model=lambda: curve), {}, "leave weighed_by=traces out"),
        (Run(name="npe-kl"), {}, "which this challenge does not have"),
        (
            Run(name="npe-kl", forward_model=challenge.forward_model),
            {"emulator": "some.safetensors"},
            "leave one of the two out",
        ),
    ):
        with pytest.raises(HarnessError, match=words):
            built(challenge, **options).fit(challenge.train, challenge.valid, run)


def test_a_challenge_of_few_traces_is_refused_before_the_run(challenge):
    assert built(challenge).unsuitable_for(challenge) is None
    toy = Toy.create({"train": 50, "valid": 10, "test": 2, "rows": 200, "traced": 0}, name="toy")
    reason = built(toy).unsuitable_for(toy)
    assert reason.startswith("Its option weighed_by=traces learns a retrieval from the traces of at least")
    assert reason.endswith("of the 50 of this challenge 0 have one; leave it out.")
