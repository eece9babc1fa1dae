"""How a retrieval is judged: significances, goodness of fit, equally weighted rows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from harness.errors import HarnessError
from harness.real_spectra.comparison import detection_significance, smaller_models
from harness.real_spectra.goodness import goodness
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.nuisances import Nuisances
from harness.real_spectra.result import equal_rows
from harness.real_spectra.settings import RetrievalSettings
from harness.real_spectra.spectrum import MeasuredSpectrum


# Trotta 2008, table 2: ln B and the significance beside it
@pytest.mark.parametrize(("log_factor", "sigma"), [(0.9, 2.0), (2.5, 2.7), (5.0, 3.6), (10.7, 5.0)])
def test_bayes_factors_become_the_significances_of_trotta(log_factor: float, sigma: float) -> None:
    found = detection_significance(log_factor)
    assert found is not None
    assert found == pytest.approx(sigma, abs=0.06)


def test_no_evidence_is_no_detection() -> None:
    assert detection_significance(-0.1) is None
    far = detection_significance(3000.0)
    assert far is not None
    assert far == pytest.approx(np.sqrt(2 * 3000), rel=0.01)


def test_smaller_models_lack_one_thing_each() -> None:
    settings = RetrievalSettings(
        star_radius=1,
        planet_mass=1,
        gases=("H2O", "CO2"),
        clouds="patchy",
        temperature="guillot",
        priors={"log_CO2": (-6, -2), "cloud_fraction": (0.5, 1)},
    )
    models = dict(smaller_models(settings))
    assert list(models) == ["H2O", "CO2", "clouds", "temperature profile (isothermal instead)"]
    assert models["CO2"].gases == ("H2O",)
    assert models["CO2"].priors == {"cloud_fraction": (0.5, 1)}
    assert models["clouds"].clouds == "none"
    with pytest.raises(HarnessError, match="one gas alone"):
        smaller_models(RetrievalSettings(star_radius=1, planet_mass=1, gases=("H2O",)))


class Flat:
    parameter_names = ("depth",)

    def __call__(self, values: torch.Tensor) -> torch.Tensor:
        return values[:, :1].expand(-1, 60)


def seen(noise: float) -> MeasuredSpectrum:
    generator = np.random.default_rng(1)
    depth = 0.02 + noise * generator.normal(size=60)
    error = np.full(60, 1e-4)
    group = np.arange(60) // 30
    wavelength = np.linspace(1, 2, 60)
    return MeasuredSpectrum("made up", wavelength, error, depth, error, error, group, ("a", "b"))


@pytest.mark.parametrize(("noise", "low", "high"), [(1e-4, 0.02, 0.98), (2e-4, 0.0, 1e-6)])
def test_the_p_value_tells_errors_that_are_too_small(noise: float, low: float, high: float) -> None:
    spectrum = seen(noise)
    likelihood = MeasuredLikelihood(spectrum, Flat(), Nuisances.of(spectrum, False, False))  # type: ignore[arg-type]
    draws = 0.02 + 1e-5 * torch.randn(200, 1, dtype=torch.float64)
    with torch.no_grad():
        found = goodness(
            spectrum, likelihood, torch.tensor([0.02], dtype=torch.float64), draws, likelihood.depths(draws)
        )
    assert low <= found.p_value <= high
    assert found.per_channel == pytest.approx((noise / 1e-4) ** 2, rel=0.4)
    assert [one.what for one in found.groups] == ["a", "b"]
    assert sum(one.channels for one in found.windows) == 60


def test_equal_rows_follow_the_weights() -> None:
    rows = equal_rows(np.array([0.1, 0.0, 0.6, 0.3]), 1000, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(rows, minlength=4) / 1000, [0.1, 0, 0.6, 0.3], atol=2e-3)
