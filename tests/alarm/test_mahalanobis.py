"""The distance of a spectrum from those that it might have been."""

from __future__ import annotations

import numpy as np
import torch

from harness.alarm.mahalanobis import mahalanobis

GENERATOR = torch.Generator().manual_seed(3)
NOISE = 0.5 + torch.rand(4, 6, generator=GENERATOR, dtype=torch.float64)
OBSERVED = torch.randn(4, 6, generator=GENERATOR, dtype=torch.float64)
CANDIDATES = torch.randn(4, 30, 6, generator=GENERATOR, dtype=torch.float64)


def test_it_is_the_mahalanobis_distance_with_the_covariance_of_candidates_and_noise() -> None:
    found = mahalanobis(OBSERVED, NOISE, CANDIDATES)
    for planet in range(4):
        covariance = np.cov(CANDIDATES[planet].T.numpy()) + np.diag(NOISE[planet].numpy() ** 2)
        off = (OBSERVED[planet] - CANDIDATES[planet].mean(dim=0)).numpy()
        np.testing.assert_allclose(found[planet], off @ np.linalg.solve(covariance, off), rtol=1e-10)


def test_of_candidates_that_are_all_the_same_it_is_the_chi_square() -> None:
    same = torch.zeros(4, 5, 6, dtype=torch.float64)
    expected = (OBSERVED / NOISE).square().sum(dim=1)
    torch.testing.assert_close(mahalanobis(OBSERVED, NOISE, same), expected)


def test_candidates_without_a_spectrum_are_left_out() -> None:
    spoiled = torch.cat([CANDIDATES, torch.full((4, 3, 6), torch.nan, dtype=torch.float64)], dim=1)
    torch.testing.assert_close(
        mahalanobis(OBSERVED, NOISE, spoiled), mahalanobis(OBSERVED, NOISE, CANDIDATES)
    )


def test_with_fewer_than_two_candidates_it_is_infinite() -> None:
    spoiled = CANDIDATES.clone()
    spoiled[0, 1:, 2] = torch.inf
    assert mahalanobis(OBSERVED, NOISE, spoiled).isinf().tolist() == [True, False, False, False]
