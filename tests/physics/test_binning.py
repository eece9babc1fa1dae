"""Averages over channels against TauREx's FluxBinner."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.physics.binning import averages, channel_edges, overlap_binning


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.tuples(st.floats(0.55, 4.5), st.floats(0.02, 0.3)), min_size=1, max_size=6),
)
def test_averages_are_those_of_the_flux_binner(seed, channels):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from taurex.binning import FluxBinner
    random = np.random.default_rng(seed)
    native = np.geomspace(1400, 34000, 300) * (1 + 0.002 * random.uniform(-1, 1, 300))
    spectrum = random.uniform(0.001, 0.02, len(native))
    wavelength, width = np.array(channels).T
    binning = overlap_binning(native, wavelength, width)
    order = np.argsort(1e4 / wavelength)
    theirs = FluxBinner(1e4 / wavelength, 1e4 * width / wavelength**2).bindown(native, spectrum)[1]
    ours = spectrum[binning.points] @ binning.weights
    np.testing.assert_allclose(ours[order], theirs, rtol=1e-10)
    np.testing.assert_allclose(binning.weights.sum(axis=0), 1)


def test_a_point_that_is_not_finite_spoils_its_own_channels_alone():
    weights = torch.tensor([[0.5, 0.0], [0.5, 0.2], [0.0, 0.8]])
    spectra = torch.tensor([[torch.inf, 2.0, 3.0], [1.0, 2.0, 3.0], [1.0, torch.nan, 3.0]])
    found = averages(spectra, weights)
    expected = torch.tensor([[torch.nan, 2.8], [1.5, 2.8], [torch.nan, torch.nan]])
    torch.testing.assert_close(found, expected, equal_nan=True)


def test_a_channel_between_two_points_is_told():
    native = np.array([1000.0, 1001, 2001, 2002])
    with pytest.raises(HarnessError, match="No point of the opacity grid falls into"):
        overlap_binning(native, np.array([10000 / 1500.0]), np.array([0.01]))


def test_exact_edges_are_those_of_the_wavelengths():
    wavelength, width = np.array([0.95, 2.0]), np.array([0.3077, 0.04])
    low, high = channel_edges(wavelength, width, "exact")
    np.testing.assert_allclose(1e4 / high, wavelength - width / 2)
    np.testing.assert_allclose(1e4 / low, wavelength + width / 2)
    low, high = channel_edges(wavelength, width, "first-order")
    np.testing.assert_allclose(1e4 / high, [0.8176, 1.9802], atol=1e-4)  # TauREx 3 issue 131
    np.testing.assert_allclose(1e4 / low, [1.1336, 2.0202], atol=1e-4)


def test_a_wide_channel_with_exact_edges_averages_what_lies_in_it():
    native = np.linspace(1e4 / 1.6, 1e4 / 0.6, 20001)
    step = np.where(1e4 / native < 1.1038, 1.0, 0.0)  # all of the light short of one edge
    wide = np.array([0.95]), np.array([0.3077])
    exact, approximate = (overlap_binning(native, *wide, edges) for edges in ("exact", "first-order"))
    assert step[exact.points] @ exact.weights == pytest.approx([1.0], abs=1e-3)
    assert (step[approximate.points] @ approximate.weights)[0] < 0.95


def test_a_channel_that_reaches_below_no_wavelength_is_told():
    with pytest.raises(HarnessError, match="so wide that it reaches below 0 um"):
        overlap_binning(np.linspace(1000, 20000, 50), np.array([1.0]), np.array([2.0]), "exact")
