"""Ranks of the truth and TARP are uniform where posteriors hold, and tell where they do not."""

from __future__ import annotations

import functools

import pytest
import torch

from harness.metrics import UniformBand, binomial_band, share_below, tarp, truth_rank

LEVELS = torch.linspace(0.02, 0.98, 49, dtype=torch.float64)
N, SAMPLES = 1000, 100


def normal(*shape: int, seed: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def uniform(*shape: int, seed: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@functools.cache
def band_of(n: int) -> UniformBand:
    return UniformBand.of(n, LEVELS)


def p_of(ranks: torch.Tensor) -> float:
    return float(band_of(len(ranks)).p_value(ranks))


@pytest.mark.parametrize(
    ("width", "shift", "holds"), [(1.0, 0.0, True), (0.8, 0.0, False), (1.25, 0.0, False), (1.0, 0.2, False)]
)
def test_ranks_are_uniform_only_if_the_posterior_holds(width: float, shift: float, holds: bool) -> None:
    samples = width * normal(N, SAMPLES, seed=0) + shift
    ranks = truth_rank(samples, normal(N, seed=1), None, uniform(N, seed=2))
    assert (p_of(ranks) > 0.01) == holds


def test_weights_move_the_ranks_as_samples_drawn_by_them_would() -> None:
    samples = 2 * normal(N, 400, seed=0)
    weights = torch.exp(-(samples**2) / 2 + samples**2 / 8)
    truth, v = normal(N, seed=1), uniform(N, seed=2)
    assert p_of(truth_rank(samples, truth, weights, v)) > 0.01
    assert p_of(truth_rank(samples, truth, None, v)) < 0.01


def test_equals_are_ranked_at_random() -> None:
    ranks = truth_rank(torch.zeros(N, SAMPLES), torch.zeros(N), None, uniform(N, seed=2))
    torch.testing.assert_close(ranks, uniform(N, seed=2))


def test_tarp_sees_a_wrong_correlation_that_marginals_do_not_show() -> None:
    def correlated(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
        return torch.stack([first, 0.9 * first + 0.19**0.5 * second], dim=-1)

    planets = 4 * N  # on so many it is seen for certain
    truth = correlated(normal(planets, seed=1), normal(planets, seed=2))
    right = correlated(normal(planets, SAMPLES, seed=3), normal(planets, SAMPLES, seed=4))
    wrong = normal(planets, SAMPLES, 2, seed=5)
    references, v = 4 * uniform(planets, 2, seed=6) - 2, uniform(planets, seed=7)
    for parameter in range(2):
        assert p_of(truth_rank(wrong[..., parameter], truth[:, parameter], None, v)) > 0.01
    assert p_of(tarp(right, truth, references, None, v)) > 0.01
    assert p_of(tarp(wrong, truth, references, None, v)) < 0.01


def test_a_band_holds_what_it_says_at_all_levels_at_once() -> None:
    band = UniformBand.of(60, LEVELS)
    draws = uniform(2000, 60, seed=9)
    shares = share_below(draws, LEVELS)
    inside = ((shares >= band.low) & (shares <= band.high)).all(dim=-1)
    assert float(inside.double().mean()) == pytest.approx(0.95, abs=0.02)
    assert float((band.p_value(draws) <= 0.05).double().mean()) == pytest.approx(0.05, abs=0.02)


def test_a_binomial_band_is_that_of_the_distribution() -> None:
    assert binomial_band(100, 0.5) == (40, 60)
    assert binomial_band(10, 1e-6) == (0, 0)
