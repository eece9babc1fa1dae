"""The accuracy scorer against the same sums done one number at a time."""

import numpy as np
import pytest
import torch
from harness_gan.accuracy import PUBLISHED, ExoGANAccuracy, accuracy
from hypothesis import given
from hypothesis import strategies as st

from harness.challenges.toy import Toy
from harness.data.posterior import Posterior

finite = st.floats(-20, 20, allow_nan=False).filter(lambda x: abs(x) > 1e-3)


def by_hand(lower, median, upper, truth, sigmas):
    sigma = median - lower if truth < median else upper - median
    beyond = max(0.0, abs(median - truth) - sigmas * sigma)
    return max(0.0, 1 - beyond / abs(truth))


@given(st.lists(finite, min_size=3, max_size=3).map(sorted), finite, st.sampled_from([0, 1, 2]))
def test_the_accuracy_is_what_is_left_of_the_relative_deviation(quantiles, truth, sigmas):
    found = accuracy(torch.tensor(quantiles, dtype=torch.float64), torch.tensor(truth).double(), sigmas)
    assert float(found) == pytest.approx(by_hand(*quantiles, truth, sigmas), abs=1e-6)


@given(st.lists(finite, min_size=3, max_size=3).map(sorted), finite)
def test_wider_error_bars_never_do_worse(quantiles, truth):
    values = [float(accuracy(torch.tensor(quantiles), torch.tensor(truth), k)) for k in (0, 1, 2)]
    assert values == sorted(values)
    assert all(0 <= value <= 1 for value in values)


def test_the_score_is_the_mean_over_planets_and_parameters():
    challenge = Toy.create({"train": 2, "valid": 0, "test": 5}, name="toy")
    truth = challenge.test.truth
    rng = np.random.default_rng(0)
    parameters = truth.parameters.numpy()
    samples = parameters[:, None] * (1 + 0.3 * rng.normal(size=(5, 201, 7)) + 0.1)
    score = ExoGANAccuracy.create(name="a").score(
        Posterior.equal(torch.from_numpy(samples)), truth, challenge
    )
    for k in (0, 1, 2):
        table = [
            [
                100 * by_hand(*np.quantile(samples[i, :, j], [0.16, 0.5, 0.84]), parameters[i, j], k)
                for j in range(7)
            ]
            for i in range(5)
        ]
        assert score.parts[f"{k}_sigma"].value == pytest.approx(np.mean(table), abs=0.3)
        name = challenge.schema.parameter_names[1]
        assert score.parts[f"{k}_sigma/{name}"].value == pytest.approx(np.mean(table, axis=0)[1], abs=0.6)
    assert score.value == score.parts["0_sigma"].value
    assert score.per_planet.shape == (5,)


def test_the_truth_itself_is_fully_accurate():
    challenge = Toy.create({"train": 2, "valid": 0, "test": 3}, name="toy")
    exact = Posterior.equal(challenge.test.truth.parameters[:, None].expand(-1, 9, -1).clone())
    assert ExoGANAccuracy.create(name="a").score(exact, challenge.test.truth, challenge).value == 100


def test_the_published_table_rises_with_the_error_bars():
    assert all(list(row) == sorted(row) for table in PUBLISHED.values() for row in table.values())
