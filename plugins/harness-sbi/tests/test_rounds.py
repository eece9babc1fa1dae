"""Rounds for one planet after the other."""

import numpy as np
import pytest
import torch
from harness_sbi.rounds import LOGISTIC_SPREAD, UnboundedPrior
from harness_sbi.sequential import SequentialNPE

from harness.challenges import Observations
from harness.challenges.toy import Toy
from harness.components.forward_model import FunctionForwardModel
from harness.components.run import Run
from harness.data.schema import Parameter, Schema
from harness.errors import HarnessError

CHALLENGE = Toy.create({"train": 60, "valid": 20, "test": 3, "rows": 200, "traced": 0.0}, name="toy")
TEST = CHALLENGE.test.observations
SMALL = {
    "rounds": 2,
    "simulations": 100,
    "max_num_epochs": 2,
    "num_transforms": 1,
    "hidden_features": 8,
    "embedding": 8,
}


def unfitted(**options) -> SequentialNPE:
    return SequentialNPE.create({**SMALL, **options}, name="npe-sequential", schema=CHALLENGE.schema)


def run_with(**arguments) -> Run:
    return Run(**{"name": "npe-sequential", "forward_model": CHALLENGE.forward_model, **arguments})


def test_rounds_find_the_posterior_of_the_noise_and_the_prior():
    """Each of two channels shows one of two parameters."""
    schema = Schema(
        parameters=tuple(Parameter(name=name, unit="", lower=0.0, upper=1.0) for name in ("one", "other")),
        wavelength=(1.0, 2.0),
        width=(0.1, 0.1),
    )
    estimator = SequentialNPE.create(
        {
            "rounds": 2,
            "simulations": 500,
            "max_num_epochs": 20,
            "learning_rate": 5e-3,
            "training_batch_size": 50,
            "num_transforms": 2,
            "hidden_features": 32,
            "embedding": 32,
        },
        name="npe-sequential",
        schema=schema,
    )
    seen = torch.tensor([[0.3, 0.6]], dtype=torch.float64)
    planet = Observations(np.array(["one"]), seen, torch.full_like(seen, 0.1), torch.empty(1, 0).double())
    forward = FunctionForwardModel(lambda parameters, *facts: parameters, "identity")
    samples = estimator.sample(planet, 1000, run_with(forward_model=lambda: forward)).samples[0]
    assert torch.allclose(samples.mean(0), seen[0].float(), atol=0.08)
    assert torch.allclose(samples.std(0), torch.tensor(0.1), rtol=0.5)


def test_a_planet_has_the_same_samples_whichever_others_are_sampled_with_it():
    alone, together = unfitted().sample(TEST[1:2], 100, run_with()), unfitted().sample(TEST, 100, run_with())
    assert torch.equal(alone.samples[0], together.samples[1])


def test_finished_planets_are_found_again(tmp_path):
    first = unfitted().sample(TEST[:2], 100, run_with(checkpoint=tmp_path))
    kept = sorted((tmp_path / "sequential").iterdir())
    assert len(kept) == 2
    kept[0].write_bytes(b"damaged")
    calls = []

    def counted(parameters, star_radius, planet_mass):
        calls.append(len(parameters))
        return CHALLENGE.forward_model()(parameters)

    counting = FunctionForwardModel(counted, CHALLENGE.forward_model().identity)
    again = unfitted().sample(TEST, 100, run_with(checkpoint=tmp_path, forward_model=lambda: counting))
    assert sum(calls) == 2 * 200  # the damaged planet and the new one, two rounds of a hundred each
    assert torch.equal(again.samples[:2], first.samples)


def test_parameters_that_make_no_planet_are_simulated_as_such():
    def half(parameters, star_radius, planet_mass):
        spectrum = CHALLENGE.forward_model()(parameters)
        spectrum[parameters[:, 1] > parameters[:, 1].median()] = torch.nan
        return spectrum

    forward = FunctionForwardModel(half, "half")
    posterior = unfitted().sample(TEST[:1], 100, run_with(forward_model=lambda: forward))
    assert torch.isfinite(posterior.samples).all()


def test_a_challenge_without_a_forward_model_is_refused_in_one_sentence():
    estimator = unfitted()
    with pytest.raises(HarnessError, match=r"cannot work here. It simulates .* no forward model\.$"):
        estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run(name="npe-sequential"))
    without = Toy.create({"train": 60, "test": 1}, name="toy")
    without.forward_model = lambda: None
    assert "no forward model" in estimator.unsuitable_for(without)
    assert estimator.unsuitable_for(CHALLENGE) is None


def test_a_fact_that_the_forward_model_needs_must_be_there():
    forward = FunctionForwardModel(lambda *arguments: arguments[0], "needy", needs=("planet_mass_kg",))
    with pytest.raises(HarnessError, match="needs planet_mass_kg, which the challenge does not have"):
        unfitted().fit(CHALLENGE.train, CHALLENGE.valid, run_with(forward_model=lambda: forward))


def test_it_is_left_out_of_a_run_of_all_and_says_why():
    assert "for every planet" in SequentialNPE.left_out_of_all


def test_the_prior_is_uniform_within_the_bounds():
    torch.manual_seed(0)
    prior = UnboundedPrior(1, torch.device("cpu"))
    grid = torch.linspace(-15, 15, 6001)
    assert abs(float(torch.trapezoid(prior.log_prob(grid[:, None]).exp(), grid)) - 1) < 1e-3
    unit = torch.sigmoid(prior.sample((20_000,)) * LOGISTIC_SPREAD)
    assert abs(float(unit.mean()) - 0.5) < 0.01
    assert abs(float(unit.std()) - 12**-0.5) < 0.01
