"""The wavenumbers of the quick forward model that the package keeps."""

import numpy as np

from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.challenges.ariel2023.grid import PARAMETERS, WAVELENGTH, WIDTH
from harness.challenges.ariel2023.layout import AUXILIARY
from harness.challenges.ariel2023.quick_points import keep_quadrature, kept_quadrature
from harness.data.schema import Schema
from harness.physics.reduced_model import Quadrature


def test_the_built_in_opacities_have_points_for_the_channels_of_ariel():
    schema = Schema(parameters=PARAMETERS, wavelength=WAVELENGTH, width=WIDTH, auxiliary=AUXILIARY)
    kept = kept_quadrature(ArielForwardModel(schema).identity, WAVELENGTH, WIDTH)
    assert kept is not None, "the band model has changed: run benchmarks/quick_points.py --write"
    assert kept.weights.shape == (len(kept.wavenumber), len(WAVELENGTH))
    # an average in each channel, of points of its own, none of which counts negatively
    np.testing.assert_allclose(kept.weights.sum(axis=0), 1, atol=0.05)
    assert (kept.weights >= 0).all()
    assert (kept.weights.astype(bool).sum(axis=0) <= 24).all()
    for column, centre, width in zip(kept.weights.T, WAVELENGTH, WIDTH, strict=True):
        inside = 1e4 / kept.wavenumber[column > 0]
        assert (abs(inside - centre) < 0.6 * width).all()  # cells that reach in may have their middle outside


def test_other_opacities_and_other_channels_have_none(tmp_path):
    kept = Quadrature(np.array([1000.0, 2000.0]), np.array([[1.0], [0.0]]))
    path = tmp_path / "points.npz"
    keep_quadrature(kept, "mine", (5.0,), (0.1,), path)
    found = kept_quadrature("mine", (5.0,), (0.1,), path)
    assert found is not None
    np.testing.assert_array_equal(found.wavenumber, kept.wavenumber)
    np.testing.assert_array_equal(found.weights, kept.weights)
    assert kept_quadrature("another", (5.0,), (0.1,), path) is None
    assert kept_quadrature("mine", (5.1,), (0.1,), path) is None
    assert kept_quadrature("mine", (5.0, 6.0), (0.1, 0.1), path) is None
