"""Averages over channels against TauREx's FluxBinner."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import HarnessError
from harness.physics.binning import averages, overlap_binning


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
