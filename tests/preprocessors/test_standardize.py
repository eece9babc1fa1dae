"""Columns with zero mean and unit spread."""

from dataclasses import replace

import pytest
import torch

from harness.challenges.toy import Toy
from harness.preprocessors.standardize import Standardize

CHALLENGE = Toy.create({"train": 300, "valid": 10, "test": 20, "rows": 200}, name="toy")


def columns(module, observations) -> torch.Tensor:
    return module(observations.spectrum, observations.noise, observations.auxiliary)


@pytest.mark.parametrize(("include_noise", "expected"), [(False, 53), (True, 105)])
def test_training_columns_have_zero_mean_and_unit_spread(include_noise, expected):
    preprocessor = Standardize.create({"include_noise": include_noise})
    features = columns(preprocessor.fit(CHALLENGE.train, CHALLENGE.schema), CHALLENGE.train.observations)
    assert features.shape == (300, expected)
    torch.testing.assert_close(
        features.mean(0), torch.zeros(expected, dtype=torch.float64), atol=1e-9, rtol=0
    )
    torch.testing.assert_close(features.std(0, correction=0), torch.ones(expected, dtype=torch.float64))


def test_test_planets_are_scaled_as_training_planets_were():
    seen, other = CHALLENGE.train.observations, CHALLENGE.test.observations
    module = Standardize.create().fit(CHALLENGE.train, CHALLENGE.schema)
    expected = (other.spectrum - seen.spectrum.mean(0)) / seen.spectrum.std(0, correction=0)
    torch.testing.assert_close(columns(module, other)[:, :52], expected)


@pytest.mark.parametrize("constant", [0.0, 5.2e-3, 1e30])
def test_a_column_that_never_varies_becomes_zero(constant):
    noise = torch.full_like(CHALLENGE.train.observations.noise, constant)
    train = replace(CHALLENGE.train, observations=replace(CHALLENGE.train.observations, noise=noise))
    features = columns(
        Standardize.create({"include_noise": True}).fit(train, CHALLENGE.schema), train.observations
    )
    assert features[:, 52:104].abs().max() <= 1e-9 * max(1.0, constant)
    assert torch.isfinite(features).all()


def test_a_column_that_never_varied_in_training_stays_zero_whatever_it_is_later():
    seen, other = CHALLENGE.train.observations, CHALLENGE.test.observations
    same = replace(seen, auxiliary=torch.full_like(seen.auxiliary, 1.9e27))
    module = Standardize.create().fit(replace(CHALLENGE.train, observations=same), CHALLENGE.schema)
    assert columns(module, replace(other, auxiliary=other.auxiliary * 1e24))[:, 52:].abs().max() == 0


def test_columns_of_any_unit_become_the_same():
    seen = CHALLENGE.train.observations
    scaled = replace(
        CHALLENGE.train,
        observations=replace(seen, spectrum=seen.spectrum * 100, auxiliary=seen.auxiliary * 3e16),
    )
    one = columns(Standardize.create().fit(CHALLENGE.train, CHALLENGE.schema), seen)
    other = columns(Standardize.create().fit(scaled, CHALLENGE.schema), scaled.observations)
    torch.testing.assert_close(one, other, rtol=1e-7, atol=1e-9)


def test_noise_may_be_drawn_on_a_batch_of_either_precision():
    module = Standardize.create().fit(CHALLENGE.train, CHALLENGE.schema)
    seen = CHALLENGE.test.observations
    single = columns(module, seen.to("cpu", torch.float32))
    torch.testing.assert_close(single, columns(module, seen), rtol=1e-3, atol=1e-3)
