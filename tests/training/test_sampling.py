"""Samples inside the prior, whatever is drawn and however little memory there is."""

from __future__ import annotations

import pytest
import torch

from harness.components.run import Run
from harness.errors import HarnessError, PluginWarning
from harness.training.sampling import draw_in_portions


def sampled(challenge, change=lambda samples, observations: samples, n=1000, seed=0, at_once=None, fit=10**9):
    """Samples of a draw that is uniform within the prior, and then changed."""
    generator = torch.Generator().manual_seed(seed)
    lower, upper = torch.tensor(challenge.schema.bounds).T

    def draw(some):
        if len(some) > fit:
            raise torch.OutOfMemoryError("out of memory")
        unit = torch.rand(len(some), n, len(lower), generator=generator)
        return change(lower + unit * (upper - lower), some)

    run = Run(name="small")
    return draw_in_portions(draw, challenge.test.observations, n, challenge.schema, run, generator, at_once)


def within(samples, challenge) -> torch.Tensor:
    lower, upper = torch.tensor(challenge.schema.bounds).T
    return (samples - lower) / (upper - lower)


def test_samples_that_are_not_finite_are_drawn_again_inside_the_prior(challenge):
    generator = torch.Generator().manual_seed(1)

    def lost(samples, some):
        gone = torch.rand(samples.shape[:2], generator=generator) < 0.2
        return torch.where(gone[..., None], torch.nan, samples)

    with pytest.warns(PluginWarning, match=r"of 3000 samples were not finite and were drawn again\."):
        samples = sampled(challenge, lost)
    assert ((within(samples, challenge) >= 0) & (within(samples, challenge) <= 1)).all()


def test_samples_of_a_planet_that_are_never_finite_come_from_the_prior(challenge):
    second = challenge.test.observations.spectrum[1]

    def never(samples, some):
        gone = (some.spectrum == second).all(-1)
        return torch.where(gone[:, None, None], torch.nan, samples)

    with pytest.warns(PluginWarning, match="1000 of 3000 samples .* 1000 of them from the prior"):
        samples = sampled(challenge, never)
    assert torch.allclose(within(samples, challenge)[1].mean(0), torch.tensor(0.5), atol=0.05)


def test_the_prior_is_never_given_out_as_the_posterior_of_a_collapsed_density(challenge):
    with pytest.raises(
        HarnessError, match=r"'small' has collapsed: 3000 of 3000 samples .* lower learning rate"
    ):
        sampled(challenge, lambda samples, some: samples * torch.nan)


def test_planets_that_do_not_fit_are_sampled_fewer_at_a_time_as_if_it_had_been_so_from_the_start(challenge):
    with pytest.warns(PluginWarning, match="1 planet is now sampled at a time"):
        samples = sampled(challenge, fit=1)
    assert samples.shape == (3, 1000, 7)
    assert torch.equal(samples, sampled(challenge, at_once=1))


def test_samples_of_a_planet_that_do_not_fit_are_one_sentence(challenge):
    with pytest.raises(HarnessError, match="too little memory for the 1,000 samples of a single planet"):
        sampled(challenge, fit=0, at_once=1)
