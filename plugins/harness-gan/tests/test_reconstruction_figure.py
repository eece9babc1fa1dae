"""The picture of a reconstruction: where its grey bands are."""

import numpy as np
from harness_gan.reconstruction_figure import masked_spans, reconstruction_figure

from harness.figures.spectrum import SpectrumView
from harness.figures.wording import Quantity


def view(wavelength, width):
    wavelength = np.array(wavelength, dtype=float)
    flat = np.ones(len(wavelength))
    return SpectrumView("a planet", "", wavelength, width * flat, flat, "observed", Quantity("depth", ""))


def test_neighbours_that_are_masked_share_one_band_without_gaps():
    narrow = view([1.0, 2.0, 3.0, 4.0, 5.0], 0.5)  # channels do not touch
    masked = np.array([False, True, True, False, True])
    assert masked_spans(narrow, masked) == [(1.75, 3.25), (4.75, 5.25)]


def test_neighbours_are_those_in_wavelength():
    descending = view([5.0, 3.0, 4.0, 1.0, 2.0], 1.0)
    masked = np.array([False, True, False, False, True])
    assert masked_spans(descending, masked) == [(1.5, 3.5)]


def test_the_picture_has_one_patch_for_each_band():
    one = view([1.0, 2.0, 3.0, 4.0, 5.0], 0.5)
    masked = np.array([False, True, True, False, True])
    axes = reconstruction_figure(one, masked, np.ones(5), np.full(5, 0.1)).axes[0]
    assert len(axes.patches) == 2
