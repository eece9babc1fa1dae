"""A retrieval that disagrees: in radius, masses and error bars, each as it says."""

import math

import numpy as np
import pytest
import torch

from harness.components import ForwardModel, FunctionForwardModel
from harness.data.observations import Observations
from harness.errors import HarnessError
from harness.physics import Layers, TransmissionModel
from harness.physics.atmosphere import isothermal_atmosphere
from harness.physics.molecules import molecular_mass
from harness.physics.radius_convention import radius_at
from harness.simulation.disagreeing_retrieval import MASS, Assumptions, ReferencedModel


def planets(masses: list[float]) -> Observations:
    auxiliary = torch.full((len(masses), 8), 2.0, dtype=torch.float64)
    auxiliary[:, MASS] = torch.tensor(masses, dtype=torch.float64)
    spectrum = torch.full((len(masses), 52), 0.01, dtype=torch.float64)
    return Observations(np.array([f"p{n}" for n in range(len(masses))]), spectrum, spectrum / 100, auxiliary)


def test_masses_are_wrong_as_a_function_of_mass_and_noise_is_too_small() -> None:
    assumed = Assumptions(mass_error=0.1, mass_pivot=26.0, noise=0.5)
    true = planets([1e24, 1e26, 1e28])
    seen = assumed.seen(true)
    ratio = (seen.auxiliary / true.auxiliary)[:, MASS]
    torch.testing.assert_close(ratio, torch.tensor([0.9, 1.0, 1.1]).double(), rtol=1e-3, atol=0)
    assert torch.equal(seen.noise, true.noise * 0.5)
    assert torch.equal(seen.spectrum, true.spectrum)
    others = [column for column in range(8) if column != MASS]
    assert torch.equal(seen.auxiliary[:, others], true.auxiliary[:, others])


def test_the_radius_at_the_bottom_is_that_whose_atmosphere_reaches_the_one_at_the_reference() -> None:
    layers, mass = Layers(number=2000), torch.tensor([1.0], dtype=torch.float64)
    parameters = torch.tensor([[1.2, 1500.0, -12, -12, -12, -12, -12]], dtype=torch.float64)
    bottom = radius_at(parameters, mass, math.log(1e6 / 1e4))
    light = (molecular_mass("H2") + 0.17 * molecular_mass("He")) / 1.17
    atmosphere = isothermal_atmosphere(
        layers, bottom, parameters[:, 1], torch.tensor([light]).double(), mass, mass
    )
    rings = torch.cat([atmosphere.bare[:, None], atmosphere.annuli], dim=1).cumsum(1).sqrt()[0]
    edges = np.logspace(6, -5, 2001)
    star = 6.957e8 / 7.1492e7
    reached = np.interp(-4.0, -np.log10(edges), rings.numpy()) * star
    assert reached == pytest.approx(1.2, rel=2e-3)


def test_at_the_bottom_itself_the_radius_is_what_it_is() -> None:
    parameters = torch.tensor([[1.2, 1500.0, -3, -4, -5, -6, -7]], dtype=torch.float64)
    assert radius_at(parameters, torch.tensor([0.5]).double(), 0.0) == pytest.approx(1.2)


def test_the_model_asks_its_inner_one_for_that_radius(lined) -> None:
    model = TransmissionModel.from_files(lined, dtype=torch.float64)
    inner = FunctionForwardModel(model.binned, "lined", needs=("star_radius_m", "planet_mass_kg"))
    referenced: ForwardModel = ReferencedModel(inner, 1e4)
    parameters = torch.tensor([[1.2, 1500.0, -3, -4, -5, -6, -7]], dtype=torch.float64)
    one = torch.ones(1, dtype=torch.float64)
    lower = parameters.clone()
    lower[:, 0] = radius_at(parameters, one, math.log(1e6 / 1e4))
    assert torch.equal(referenced(parameters, one, one), inner(lower, one, one))
    assert referenced.needs == inner.needs
    assert referenced.identity != inner.identity
    with pytest.raises(HarnessError, match="mass"):
        referenced(parameters, one, None)
