"""The training marginal."""

from dataclasses import replace

import torch

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.estimators.prior import Prior

CHALLENGE = Toy.create({"train": 300, "valid": 10, "test": 6, "rows": 200}, name="toy")


def fitted() -> Prior:
    estimator = Prior.create(name="prior", schema=CHALLENGE.schema)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
    return estimator


def test_the_spectrum_makes_no_difference():
    test = CHALLENGE.test.observations
    other = replace(test, spectrum=test.spectrum.flip(0) * 3)
    estimator = fitted()
    assert torch.equal(
        estimator.sample(test, 500, Run()).samples, estimator.sample(other, 500, Run()).samples
    )


def test_every_sample_is_a_training_planet():
    samples = fitted().sample(CHALLENGE.test.observations, 400, Run()).samples
    training = {tuple(row) for row in CHALLENGE.train.parameters.float().tolist()}
    assert {tuple(row) for row in samples.reshape(-1, 7).tolist()} <= training


def test_samples_have_the_training_mean_and_spread():
    samples = fitted().sample(CHALLENGE.test.observations, 5000, Run()).samples.reshape(-1, 7).double()
    parameters = CHALLENGE.train.parameters
    error = parameters.std(0) / len(samples) ** 0.5
    assert ((samples.mean(0) - parameters.mean(0)).abs() < 5 * error).all()
    torch.testing.assert_close(samples.std(0), parameters.std(0), rtol=0.02, atol=0)


def test_planets_have_different_draws_and_seeds_too():
    samples = fitted().sample(CHALLENGE.test.observations, 50, Run()).samples
    assert not torch.equal(samples[0], samples[1])
    again = fitted().sample(CHALLENGE.test.observations, 50, Run(seed=1)).samples
    assert not torch.equal(samples, again)


def test_one_sample_is_enough():
    posterior = fitted().sample(CHALLENGE.test.observations, 1, Run())
    assert posterior.samples.shape == (6, 1, 7)
    assert torch.equal(posterior.weights, torch.ones(6, 1, dtype=torch.float64))


def test_draws_do_not_depend_on_the_global_generator():
    torch.manual_seed(1)
    first = fitted().sample(CHALLENGE.test.observations, 50, Run()).samples
    torch.manual_seed(2)
    assert torch.equal(first, fitted().sample(CHALLENGE.test.observations, 50, Run()).samples)
