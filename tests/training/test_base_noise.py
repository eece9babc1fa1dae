"""Normal noise that covers its space evenly."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from harness.training.base_noise import even_normal


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 4), st.integers(0, 70), st.integers(1, 40), st.integers(0, 2**31))
def test_every_shape_is_finite_and_follows_from_the_generator(planets, n, width, seed):
    noise = even_normal(planets, n, width, seeded(seed))
    assert noise.shape == (planets, n, width)
    assert noise.isfinite().all()
    assert torch.equal(noise, even_normal(planets, n, width, seeded(seed)))


@pytest.mark.parametrize("place", [0, 5])
def test_a_single_draw_is_standard_normal_over_planets(place):
    noise = even_normal(4000, 6, 3, seeded(0))[:, place]
    assert min(kstest(noise[:, column].numpy(), "norm").pvalue for column in range(3)) > 1e-3
    assert (torch.corrcoef(noise.T) - torch.eye(3)).abs().max() < 0.08


def test_planets_are_independent_of_one_another():
    means = even_normal(4000, 8, 2, seeded(1)).mean(dim=1)[:, 0].reshape(2000, 2)
    assert torch.corrcoef(means.T)[0, 1].abs() < 0.08


def test_calls_are_independent_of_one_another():
    generator = seeded(2)
    one, other = (even_normal(1, 4000, 2, generator)[0] for _ in range(2))
    together = torch.cat([one, other], dim=1)
    assert (torch.corrcoef(together.T) - torch.eye(4)).abs().max() < 0.08
    both_low = ((one[:, 0] < -0.5) & (other[:, 0] < -0.5)).double().mean()
    assert abs(both_low - torch.special.ndtr(torch.tensor(-0.5)).square()) < 0.03


@settings(deadline=None, max_examples=20)
@given(st.integers(256, 3000), st.integers(1, 12), st.integers(0, 2**31))
def test_distribution_functions_have_less_chance_in_them_than_those_of_independent_draws(n, width, seed):
    noise = even_normal(20, n, width, seeded(seed))
    directions = torch.randn(width, 4, generator=seeded(seed + 1), dtype=torch.float64)
    along = torch.cat([noise, noise @ (directions / directions.norm(dim=0))], dim=2)
    above = (along[..., None] < torch.tensor([-1.0, 0.0, 1.0])).double().mean(dim=1)
    truth = torch.special.ndtr(torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64))
    error = (above - truth).square().mean().sqrt()
    by_chance = (truth * (1 - truth) / n).mean().sqrt()
    assert error < 0.7 * by_chance
