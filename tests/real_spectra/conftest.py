"""A made-up spectrum of one band, and its likelihood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.nuisances import Nuisances
from harness.real_spectra.spectrum import MeasuredSpectrum

N, ERROR = 10, 1e-4
WAVELENGTH = torch.linspace(1, 2, N, dtype=torch.float64)


class Band:
    """Depths with a slope and one band, which saturates."""

    parameter_names = ("depth", "log_band", "slope")

    def __call__(self, values: Tensor) -> Tensor:
        band = 1e-3 * (values[:, 1:2] + 4.5).sigmoid() * torch.exp(-(((WAVELENGTH - 1.4) / 0.1) ** 2))
        return values[:, :1] + band + values[:, 2:] * (WAVELENGTH - 1.5)


def band_likelihood(up: float = ERROR, inflated: bool = False) -> MeasuredLikelihood:
    truth = torch.tensor([[0.02, -4.0, 2e-4]], dtype=torch.float64)
    depth = Band()(truth)[0].numpy() + ERROR * np.random.default_rng(3).normal(size=N)
    seen = MeasuredSpectrum(
        "made up",
        WAVELENGTH.numpy(),
        np.full(N, 0.1),
        depth,
        np.full(N, ERROR),
        np.full(N, up),
        np.zeros(N, dtype=int),
        ("a",),
    )
    return MeasuredLikelihood(seen, Band(), Nuisances.of(seen, False, inflated))  # type: ignore[arg-type]


@pytest.fixture(name="likelihood")
def likelihood_of_a_band() -> Callable[..., MeasuredLikelihood]:
    """Makes it: `up` is the error upwards, `inflated` puts an added error among the parameters."""
    return band_likelihood
