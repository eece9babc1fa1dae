"""The likelihood of a measured spectrum, with what belongs to its instruments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal, norm
from torch import Tensor

from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.nuisances import Nuisances
from harness.real_spectra.spectrum import MeasuredSpectrum

N = 6


class Flat:
    """An atmosphere whose depth is its one parameter."""

    parameter_names = ("depth",)

    def __call__(self, values: Tensor) -> Tensor:
        return values[:, :1].expand(-1, N)


def spectrum(down: float, up: float) -> MeasuredSpectrum:
    depth = np.array([0.0200, 0.0201, 0.0199, 0.0202, 0.0198, 0.0200])
    group = np.array([0, 0, 0, 1, 1, 1])
    wavelength = np.linspace(1, 2, N)
    return MeasuredSpectrum(
        "made up", wavelength, np.full(N, 0.1), depth, np.full(N, down), np.full(N, up), group, ("a", "b c")
    )


def likelihood(seen: MeasuredSpectrum, offsets: bool = False, inflate: bool = False) -> MeasuredLikelihood:
    return MeasuredLikelihood(seen, Flat(), Nuisances.of(seen, offsets, inflate))  # type: ignore[arg-type]


def test_alike_errors_make_the_gaussian() -> None:
    seen = spectrum(1e-4, 1e-4)
    expected = norm.logpdf(seen.depth, 0.0201, 1e-4).sum()
    np.testing.assert_allclose(likelihood(seen)(np.array([[0.0201]])), expected)


def test_the_error_on_the_side_of_the_model_counts() -> None:
    seen = likelihood(spectrum(1e-4, 3e-4))
    scaled = seen.scaled_residuals(torch.full((1, N), 0.0203, dtype=torch.float64), torch.tensor([[0.0203]]))
    np.testing.assert_allclose(scaled[0, 0], -1.0)  # the model is above: the error upwards
    below = seen.scaled_residuals(torch.full((1, N), 0.0199, dtype=torch.float64), torch.tensor([[0.0199]]))
    np.testing.assert_allclose(below[0, 0], 1.0)


def test_the_split_normal_is_normalised() -> None:
    seen = likelihood(spectrum(1e-4, 3e-4))
    grid = np.linspace(0.018, 0.023, 20_001)
    one = np.exp(seen.of_channels(torch.tensor(grid[:, None]))[:, 0].numpy())
    assert np.trapezoid(one, grid) == pytest.approx(1, abs=1e-3)


def test_an_offset_moves_every_group_but_the_first() -> None:
    seen = likelihood(spectrum(1e-4, 1e-4), offsets=True)
    assert seen.nuisances.names == ("offset_b_c",)
    depths = seen.depths(torch.tensor([[0.02, 150.0]], dtype=torch.float64))
    np.testing.assert_allclose(depths[0], [0.02] * 3 + [0.02015] * 3)


def test_an_added_error_widens_its_own_group() -> None:
    seen = likelihood(spectrum(3e-4, 3e-4), inflate=True)
    assert seen.nuisances.names == ("log_jitter_a", "log_jitter_b_c")
    down, up = seen.errors(torch.tensor([[0.02, -np.inf, np.log10(400)]], dtype=torch.float64))
    np.testing.assert_allclose(down[0], [3e-4] * 3 + [5e-4] * 3)
    np.testing.assert_allclose(up, down)


LAG = np.abs(np.subtract.outer(np.arange(N), np.arange(N)))
COVARIANCE = 1e-8 * np.exp(-LAG / 2)


def test_a_covariance_makes_the_gaussian_of_it() -> None:
    seen = replace(spectrum(1e-4, 1e-4), covariance=COVARIANCE)
    expected = multivariate_normal(np.full(N, 0.0201), COVARIANCE).logpdf(seen.depth)
    np.testing.assert_allclose(likelihood(seen)(np.array([[0.0201]])), expected)
    residual = seen.depth - 0.0201
    chi_square = residual @ np.linalg.solve(COVARIANCE, residual)
    assert likelihood(seen).chi_square(np.array([[0.0201]])) == pytest.approx(chi_square)


def test_added_errors_add_to_a_covariance() -> None:
    seen = replace(spectrum(1e-4, 1e-4), covariance=COVARIANCE)
    rows = np.array([[0.0201, 2.0, 1.0], [0.0200, 1.0, 2.5]])
    found = likelihood(seen, inflate=True)(rows)
    for row, value in zip(rows, found, strict=True):
        added = np.repeat((1e-6 * 10 ** row[1:]) ** 2, 3)
        expected = multivariate_normal(np.full(N, row[0]), COVARIANCE + np.diag(added)).logpdf(seen.depth)
        assert value == pytest.approx(expected)


def test_a_covariance_without_correlations_is_independent_errors() -> None:
    seen = spectrum(1e-4, 1e-4)
    both = [likelihood(one) for one in (seen, replace(seen, covariance=1e-8 * np.eye(N)))]
    np.testing.assert_allclose(*(one(np.array([[0.0201], [0.0199]])) for one in both))
