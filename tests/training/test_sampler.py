"""Samples and densities of several members."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.components.run import Run
from harness.training import ConditionalDensity
from harness.training.sampler import shares


class Point(ConditionalDensity):
    """A narrow normal density about a mean that is set."""

    SPREAD = 0.01

    def __init__(self, n_parameters, n_context, width):
        super().__init__(n_parameters, n_context)
        self.mean = torch.nn.Parameter(torch.zeros(()))

    def log_prob_of_rows(self, theta, context):
        log = torch.distributions.Normal(self.mean, self.SPREAD).log_prob(theta).sum(-1)
        return log + 0 * context.sum(-1)

    def transport(self, noise, context):
        return self.mean + self.SPREAD * noise


@pytest.fixture
def estimator(fitted):
    """Three members at -1, 0 and 1 in the standardised space."""
    three = fitted(made_of=Point, members=3, epochs=1, steps=1)
    for member, mean in zip(three.trained.members, (-1.0, 0.0, 1.0), strict=True):
        member.density.mean.fill_(mean)
    return three


def standardised(estimator, challenge, samples):
    space = estimator.trained.space
    return space.standardised(samples.double(), space.transform(challenge.test.observations))


def test_each_member_gives_about_as_many_samples_in_random_order(estimator, challenge):
    samples = estimator.sample(challenge.test.observations, 1000, Run()).samples
    member = standardised(estimator, challenge, samples)[0, :, 0].round()
    assert [int((member == mean).sum()) for mean in (-1, 0, 1)] == [334, 333, 333]
    assert 0.25 < float((member[:500] == 0).double().mean()) < 0.42


def test_the_density_is_the_mean_of_the_members(estimator, challenge):
    space, observations = estimator.trained.space, challenge.test.observations
    transform = space.transform(observations)
    at = space.physical(torch.zeros(3, 1, 7), transform)
    found = estimator.log_prob(observations, at, Run())
    peak = -7 * math.log(Point.SPREAD * math.sqrt(2 * math.pi)) - math.log(3)  # the middle member alone
    expected = peak + space.log_density_factor(at, transform)
    torch.testing.assert_close(found.double(), expected.double(), atol=1e-2, rtol=0)


@given(st.integers(0, 1000), st.integers(1, 12))
def test_shares_are_whole_alike_and_add_up(n, parts):
    given_out = shares(n, parts)
    assert sum(given_out) == n
    assert max(given_out) - min(given_out) <= 1
