"""Planets for the channels of one instrument: like the one it saw, or like those of the Ariel release."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from harness.data.arrays import Array
from harness.data.schema import Parameter
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.physics.planet_settings import PlanetSettings
from harness.real_spectra.priors import default_priors
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum
from harness.simulation.population import draw_population

# how well star and planet are known: standard deviation of the natural logarithm
STAR_SPREAD, MASS_SPREAD = 0.03, 0.1


class InstrumentPopulation(Protocol):
    """Parameters and facts of planets."""

    parameters: tuple[Parameter, ...]
    typical: HostFacts

    def draw(self, n: int, generator: np.random.Generator) -> tuple[Array, Array]:
        """Parameters (n, P), and star radius [m] and planet mass [kg] (n, 2)."""


class LikeOnePlanet:
    """Planets like the one that was seen, drawn from the very prior of its retrieval.

    Every parameter is uniform within the bounds that `harness retrieve` has, the radius from 0.8 to 1.2 times
    the one that the median depth makes; star radius and mass scatter by 3% and 10% about those given, so that
    methods learn what they do.
    """

    def __init__(self, spectrum: MeasuredSpectrum, host: HostFacts, planet: PlanetSettings) -> None:
        self.typical = host
        self.parameters = default_priors(planet.parameter_names, planet, spectrum, host, {})

    def draw(self, n: int, generator: np.random.Generator) -> tuple[Array, Array]:
        low, high = np.array([(one.lower, one.upper) for one in self.parameters]).T
        parameters = generator.uniform(low, high, (n, len(low)))
        scatter = np.exp(generator.standard_normal((n, 2)) * np.array([STAR_SPREAD, MASS_SPREAD]))
        facts = scatter * np.array(
            [self.typical.star_radius * SUN_RADIUS, self.typical.planet_mass * JUPITER_MASS]
        )
        return parameters, facts


class LikeTheRelease:
    """Stars, radii, masses and temperatures of the Ariel release; every gas uniform within its bounds."""

    typical = HostFacts(1.0, 1.0)

    def __init__(self, planet: PlanetSettings) -> None:
        self.parameters = tuple(
            Parameter(name=name, unit=_UNITS.get(name, "log10 VMR"), lower=bounds[0], upper=bounds[1])
            for name, (_, bounds) in planet.parameters.items()
        )

    def draw(self, n: int, generator: np.random.Generator) -> tuple[Array, Array]:
        population = draw_population(n, generator)
        gases = self.parameters[2:]
        low, high = np.array([(one.lower, one.upper) for one in gases]).T
        drawn = generator.uniform(low, high, (n, len(gases)))
        facts = np.column_stack([population.stars.radius * SUN_RADIUS, population.planet_mass])
        return np.column_stack([population.parameters[:, :2], drawn]), facts


_UNITS = {"planet_radius": "R_Jup", "planet_temp": "K"}
