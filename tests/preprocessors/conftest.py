"""Splits that look like each challenge, made without files."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from harness.challenges import Observations, Split
from harness.challenges.ariel2023.grid import PARAMETERS, WAVELENGTH, WIDTH
from harness.challenges.ariel2023.layout import AUXILIARY
from harness.challenges.toy import Toy
from harness.data.schema import Parameter, Schema
from harness.data.truth import Truth
from harness.physics.constants import JUPITER_RADIUS, SUN_RADIUS
from harness.simulation.population import draw_population

SCALE_HEIGHTS_SEEN = 6.0  # that the mean transit depth lies above the radius of the planet


def ariel() -> tuple[Split, Schema]:
    """400 planets of the Ariel population, the atmosphere being a band of random height in each spectrum."""
    generator = np.random.default_rng(0)
    population = draw_population(400, generator)
    radius = population.parameters[:, 0] * JUPITER_RADIUS
    gravity = 6.6743e-11 * population.planet_mass / radius**2
    height = 1.380649e-23 * population.equilibrium / (2.3 * 1.66053906892e-27 * gravity)
    shape = 1 + 0.5 * np.sin(np.arange(len(WAVELENGTH)) / generator.uniform(3, 9, size=(400, 1)))
    top = radius[:, None] + SCALE_HEIGHTS_SEEN * height[:, None] * shape
    depth = (top / (population.stars.radius * SUN_RADIUS)[:, None]) ** 2
    noise = np.exp(generator.normal(np.log(6e-5), 0.7, size=(400, 1))) * np.linspace(
        0.8, 1.5, len(WAVELENGTH)
    )
    seen = Observations(
        np.array([f"train{i}" for i in range(400)]),
        torch.from_numpy(depth),
        torch.from_numpy(noise),
        torch.from_numpy(population.auxiliary),
    )
    schema = Schema(parameters=PARAMETERS, wavelength=WAVELENGTH, width=WIDTH, auxiliary=AUXILIARY)
    return Split(seen, Truth(torch.from_numpy(population.parameters))), schema


def hela() -> tuple[Split, Schema]:
    """Depths in percent, the same error bars for all, no auxiliary column."""
    generator = torch.Generator().manual_seed(0)
    spectrum = 1.4 + 0.05 * torch.rand(300, 13, generator=generator, dtype=torch.float64)
    seen = Observations(
        np.array([f"testing{i}" for i in range(300)]),
        spectrum,
        torch.linspace(0.004, 0.006, 13, dtype=torch.float64).repeat(300, 1),
        torch.empty(300, 0, dtype=torch.float64),
    )
    schema = Schema(
        parameters=(Parameter(name="T", unit="K", lower=500, upper=2900),),
        wavelength=tuple(np.linspace(0.85, 1.65, 13).tolist()),
        width=(0.06,) * 13,
        spectrum_unit="transit depth [%]",
    )
    truth = 500 + 2400 * torch.rand(300, 1, generator=generator, dtype=torch.float64)
    return Split(seen, Truth(truth)), schema


def toy() -> tuple[Split, Schema]:
    challenge = Toy.create({"train": 300, "valid": 0, "test": 5, "rows": 200}, name="toy")
    return challenge.train, challenge.schema


@pytest.fixture(scope="session")
def challenges() -> dict[str, tuple[Split, Schema]]:
    """Training planets and schema of each kind of challenge."""
    return {"ariel": ariel(), "hela": hela(), "toy": toy()}
