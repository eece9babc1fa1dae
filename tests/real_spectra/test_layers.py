"""How many layers the model that explores has."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from harness.real_spectra.retrieval import Problem, pose
from harness.real_spectra.settings import RetrievalSettings
from harness.real_spectra.spectrum import MeasuredSpectrum


def puffed_up() -> Problem:
    """Of a light and hot planet, whose atmosphere is as extended as WASP-107 b's."""
    wavelength, width = np.array([1.2, 1.4, 2.7]), np.full(3, 0.05)
    depth, error = np.full(3, 0.021), np.full(3, 3e-5)
    group = np.zeros(3, dtype=np.intp)
    spectrum = MeasuredSpectrum("puffed up", wavelength, width, depth, error, error, group, ("one",))
    return pose(spectrum, RetrievalSettings(star_radius=0.67, planet_mass=0.096, gases=("H2O",), layers=20))


def test_more_layers_bring_the_model_that_explores_nearer_to_the_exact_one() -> None:
    few = puffed_up()
    many = replace(few, settings=few.settings.model_copy(update={"layers": 100}))
    rows = torch.tensor([[0.85, 900.0, -4.0], [0.9, 700.0, -2.5]], dtype=torch.float64)
    with torch.no_grad():
        exact = few.likelihood.depths(rows)
        off = [float((one.quick().depths(rows) - exact).abs().max()) for one in (few, many)]
    assert off[1] < 0.2 * off[0]
    assert few.identity != many.identity  # a checkpoint of one is none of the other
