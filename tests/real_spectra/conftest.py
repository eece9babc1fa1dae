"""Made-up spectra, of a slope with and without a band, and their likelihoods."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.data.arrays import Array
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.nuisances import Nuisances
from harness.real_spectra.spectrum import MeasuredSpectrum

N, ERROR = 10, 1e-4
WAVELENGTH = torch.linspace(1, 2, N, dtype=torch.float64)


class Line:
    """Depths with a slope."""

    parameter_names = ("depth", "slope")

    def __call__(self, values: Tensor) -> Tensor:
        return values[:, :1] + values[:, 1:2] * (WAVELENGTH - 1.5)


class Band:
    """Depths with a slope and one band, which saturates."""

    parameter_names = ("depth", "log_band", "slope")

    def __call__(self, values: Tensor) -> Tensor:
        band = 1e-3 * (values[:, 1:2] + 4.5).sigmoid() * torch.exp(-(((WAVELENGTH - 1.4) / 0.1) ** 2))
        return values[:, :1] + band + values[:, 2:] * (WAVELENGTH - 1.5)


def measured(
    model: Line | Band,
    truth: tuple[float, ...],
    up: float = ERROR,
    covariance: Array | None = None,
    inflated: bool = False,
    scatter: float = 1.0,
) -> MeasuredLikelihood:
    """Of a spectrum that a model makes of the truth, with noise that is `scatter` times its errors."""
    depth = model(torch.tensor([truth], dtype=torch.float64))[0].numpy()
    seen = MeasuredSpectrum(
        "made up",
        WAVELENGTH.numpy(),
        np.full(N, 0.1),
        depth + scatter * ERROR * np.random.default_rng(3).normal(size=N),
        np.full(N, ERROR),
        np.full(N, up),
        np.zeros(N, dtype=int),
        ("a",),
        covariance=covariance,
    )
    return MeasuredLikelihood(seen, model, Nuisances.of(seen, False, inflated))  # type: ignore[arg-type]


@pytest.fixture(name="likelihood")
def likelihood_of_a_band() -> Callable[..., MeasuredLikelihood]:
    """Makes it: `up` is the error upwards, `inflated` puts an added error among the parameters."""
    return partial(measured, Band(), (0.02, -4.0, 2e-4))


@pytest.fixture
def likelihood_of_a_line() -> Callable[..., MeasuredLikelihood]:
    """Makes it, likewise; noise may be correlated, or more than the errors say."""
    return partial(measured, Line(), (0.02, 2e-4))
