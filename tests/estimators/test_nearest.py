"""The nearest training spectra in units of the noise."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.errors import HarnessError
from harness.estimators import nearest
from harness.estimators.nearest import Nearest

CHALLENGE = Toy.create({"train": 300, "valid": 10, "test": 20, "rows": 200}, name="toy")


def fitted(**options) -> Nearest:
    estimator = Nearest.create(options, name="nearest", schema=CHALLENGE.schema)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
    return estimator


def test_a_temperature_of_weights_that_are_alike_is_refused():
    with pytest.raises(HarnessError, match=r"it changes nothing with weights=uniform; .*weights=likelihood"):
        fitted(temperature=2.0)
    assert fitted(weights="uniform", temperature=1.0).options.temperature == 1  # as records have it


def neighbours_by_brute_force(k: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and chi-squares (20, k) of the nearest training planets, one planet and row at a time."""
    test, train = CHALLENGE.test.observations, CHALLENGE.train.observations
    rows, distances = [], []
    for spectrum, noise in zip(test.spectrum.numpy(), test.noise.numpy(), strict=True):
        chi_square = np.array([(((spectrum - other) / noise) ** 2).sum() for other in train.spectrum.numpy()])
        rows.append(np.argsort(chi_square)[:k])
        distances.append(np.sort(chi_square)[:k])
    return np.array(rows), np.array(distances)


def test_the_neighbours_are_those_of_least_chi_square():
    posterior = fitted(k=15).sample(CHALLENGE.test.observations, 15, Run())
    rows, _ = neighbours_by_brute_force(15)
    assert torch.equal(posterior.samples, CHALLENGE.train.parameters.float()[torch.from_numpy(rows)])
    torch.testing.assert_close(posterior.weights, torch.full((20, 15), 1 / 15, dtype=torch.float64))


def test_a_training_spectrum_finds_itself():
    posterior = fitted(k=1).sample(CHALLENGE.train.observations, 1, Run())
    assert torch.equal(posterior.samples[:, 0], CHALLENGE.train.parameters.float())


def test_scaling_spectra_and_noise_together_changes_nothing():
    train, test = CHALLENGE.train, CHALLENGE.test.observations
    scaled = replace(
        train, observations=replace(train.observations, spectrum=train.observations.spectrum * 100)
    )
    estimator = Nearest.create({}, name="nearest", schema=CHALLENGE.schema)
    estimator.fit(scaled, CHALLENGE.valid, Run())
    per_cent = replace(test, spectrum=test.spectrum * 100, noise=test.noise * 100)
    first, second = fitted().sample(test, 100, Run()), estimator.sample(per_cent, 100, Run())
    assert torch.equal(first.samples, second.samples)


def test_a_channel_without_information_does_not_count():
    test = CHALLENGE.test.observations
    noise, spectrum = test.noise.clone(), test.spectrum.clone()
    noise[:, 3] = 1e6
    blind = replace(test, noise=noise)
    spectrum[:, 3] += 0.5
    estimator = fitted()
    one, other = (
        estimator.sample(blind, 20, Run()),
        estimator.sample(replace(blind, spectrum=spectrum), 20, Run()),
    )
    assert torch.equal(one.samples, other.samples)


@pytest.mark.parametrize("temperature", [1.0, 30.0])
def test_likelihood_weights_are_those_of_the_tempered_likelihood(temperature):
    posterior = fitted(k=15, weights="likelihood", temperature=temperature).sample(
        CHALLENGE.test.observations, 15, Run()
    )
    _, chi_square = neighbours_by_brute_force(15)
    expected = np.exp(-(chi_square - chi_square[:, :1]) / (2 * temperature))
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(posterior.weights.numpy(), expected, rtol=1e-6, atol=1e-12)


def test_missing_rows_are_filled_up_without_weight():
    posterior = fitted(k=3).sample(CHALLENGE.test.observations, 1000, Run())
    assert posterior.samples.shape == (20, 1000, 7)
    assert ((posterior.weights > 0).sum(dim=1) == 3).all()
    exact = fitted(k=3).sample(CHALLENGE.test.observations, 3, Run())
    mean = (posterior.weights[..., None] * posterior.samples).sum(1)
    torch.testing.assert_close(mean, (exact.weights[..., None] * exact.samples).sum(1))


def test_more_neighbours_than_training_planets_are_all_of_them():
    posterior = fitted(k=10_000).sample(CHALLENGE.test.observations, 300, Run())
    mean = (posterior.weights[..., None] * posterior.samples).sum(1)
    expected = CHALLENGE.train.parameters.float().double().mean(0)
    torch.testing.assert_close(mean, expected.expand(20, -1))


def test_a_planet_does_not_depend_on_those_beside_it(monkeypatch):
    together = fitted().sample(CHALLENGE.test.observations, 200, Run())
    monkeypatch.setattr(nearest, "DISTANCES_AT_ONCE", 1)  # one planet at a time
    alone = fitted().sample(CHALLENGE.test.observations, 200, Run())
    assert torch.equal(together.samples, alone.samples)
    assert torch.equal(together.weights, alone.weights)


@pytest.mark.parametrize("n", [1, 4])
def test_fewer_samples_than_neighbours_are_drawn_from_them(n):
    posterior = fitted(k=50).sample(CHALLENGE.test.observations, n, Run())
    rows, _ = neighbours_by_brute_force(50)
    candidates = CHALLENGE.train.parameters.float()[torch.from_numpy(rows)]
    found = (posterior.samples[:, :, None] == candidates[:, None]).all(-1).any(-1)
    assert found.all()
    assert torch.equal(posterior.weights, torch.full((20, n), 1 / n, dtype=torch.float64))


def test_the_loaded_estimator_gives_the_same_samples(tmp_path):
    before = fitted(k=50).sample(CHALLENGE.test.observations, 20, Run())
    fitted(k=50).save(tmp_path)
    loaded = Nearest.create({"k": 50}, name="nearest", schema=CHALLENGE.schema)
    loaded.load(tmp_path, Run())
    assert torch.equal(before.samples, loaded.sample(CHALLENGE.test.observations, 20, Run()).samples)


@pytest.mark.parametrize(
    ("option", "value"), [("k", 0), ("temperature", 0), ("temperature", float("inf")), ("weights", "best")]
)
def test_an_option_out_of_range_is_refused_by_name(option, value):
    with pytest.raises(HarnessError, match=f"'{option}'"):
        Nearest.parse_options({option: value})


def test_a_single_training_planet_is_too_few():
    with pytest.raises(
        HarnessError, match="needs at least 2 planets to learn from, and this challenge has 1"
    ):
        Nearest.create(name="nearest", schema=CHALLENGE.schema).fit(
            CHALLENGE.train[:1], CHALLENGE.valid, Run()
        )
