"""Planets like those of the Ariel Data Challenge 2023: what is known of each, and its truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.data.arrays import Array
from harness.physics.constants import JUPITER_MASS, SUN_RADIUS
from harness.simulation.planets import (
    SUN_MASS,
    distance_at,
    equilibrium_temperature,
    jeans_parameter,
    orbital_period,
    surface_gravity,
    typical_radius,
)
from harness.simulation.stars import Stars, draw_stars

# what the planets of the release span
MASS = (1.5e25, 9.6e27)  # kg
RADIUS = (0.13, 1.82)  # R_Jup
TEMPERATURE = (524.0, 2117.0)  # K
PERIOD = (0.7, 42.0)  # days
DISTANCE = (0.015, 0.25)  # AU
GRAVITY = (3.2, 90.0)  # m/s2
GASES = {
    "H2O": (-9.0, -3.0),
    "CO2": (-9.0, -5.0),
    "CO": (-6.0, -3.0),
    "CH4": (-9.0, -3.0),
    "NH3": (-9.0, -3.0),
}

# Hydrogen boils off planets much under this Jeans parameter (Fossati et al. 2017 put the limit at 15 to 35),
# and the forward model, whose atmosphere spans 25 scale heights, has no finite altitudes from about 11 down.
LEAST_JEANS_PARAMETER = 20.0

# how far, in K, a planet's temperature lies from its equilibrium temperature
TEMPERATURE_SCATTER = 48.5

# Two populations in log10 of the mass [kg]: sub-Neptunes (share, centre, spread) and giants.
_SMALL_SHARE = 0.46
_CENTRES, _SPREADS = np.array([25.75, 27.05]), np.array([0.38, 0.40])
# scatter of the natural logarithm of the radius: cores and envelopes of small planets differ more
_RADIUS_SPREADS = np.array([0.25, 0.12])

# A star has four planets on average, until there are this many stars: then more each, as in the release,
# whose planets are some hundred known ones over and over, each time with other gases.
_PLANETS_A_STAR, _MOST_STARS = 4, 2000


@dataclass(frozen=True, eq=False)
class Population:
    """N planets.

    Attributes:
        stars: the host of each planet (N,); several planets have the same.
        planet_mass: [kg] (N,).
        period: orbital period [days] (N,).
        distance: semi-major axis [AU] (N,).
        parameters: radius [R_Jup], temperature [K], log10 volume mixing ratios of H2O, CO2, CO, CH4 and
            NH3 (N, 7).
    """

    stars: Stars
    planet_mass: Array
    period: Array
    distance: Array
    parameters: Array

    def __len__(self) -> int:
        return len(self.planet_mass)

    def take(self, rows: NDArray[np.intp]) -> Population:
        """Some of the planets."""
        return Population(
            self.stars.take(rows),
            self.planet_mass[rows],
            self.period[rows],
            self.distance[rows],
            self.parameters[rows],
        )

    @property
    def planet_mass_jupiter(self) -> Array:
        """[M_Jup] (N,)."""
        return self.planet_mass / JUPITER_MASS

    @property
    def equilibrium(self) -> Array:
        """Equilibrium temperature [K] (N,)."""
        return equilibrium_temperature(self.stars.temperature, self.stars.radius, self.distance)

    @property
    def auxiliary(self) -> Array:
        """The columns of the release's auxiliary table (N, 8)."""
        return np.column_stack(
            [
                self.stars.distance,
                self.stars.mass * SUN_MASS,
                self.stars.radius * SUN_RADIUS,
                self.stars.temperature,
                self.planet_mass,
                self.period,
                self.distance,
                surface_gravity(self.planet_mass, self.parameters[:, 0]),
            ]
        )


def draw_population(n: int, generator: np.random.Generator) -> Population:
    """Draw n planets about stars of their own, in no particular order.

    Radius follows mass and irradiation (Weiss et al. 2013) with a scatter, temperature the equilibrium
    temperature with a scatter of 48.5 K; the gases are uniform in log10 and independent of everything else.
    Planets that leave what the release spans are drawn again.
    """
    stars = draw_stars(min(-(-n // _PLANETS_A_STAR), _MOST_STARS), generator)
    hosts = stars.take(generator.integers(len(stars), size=n))
    kinds = (generator.random(n) >= _SMALL_SHARE).astype(np.intp)  # fixed, though more small ones are refused
    columns = np.empty((5, n))  # mass, period, distance, radius, temperature
    missing = np.arange(n)
    while len(missing):
        drawn, accepted = _draw_planets(hosts.take(missing), kinds[missing], generator)
        columns[:, missing[accepted]] = drawn[:, accepted]
        missing = missing[~accepted]
    low, high = np.array(list(GASES.values())).T
    gases = generator.uniform(low, high, size=(n, len(low)))
    mass, period, distance, radius, temperature = columns
    return Population(hosts, mass, period, distance, np.column_stack([radius, temperature, gases]))


def _draw_planets(
    hosts: Stars, kind: NDArray[np.intp], generator: np.random.Generator
) -> tuple[Array, NDArray[np.bool_]]:
    """One planet for each star (5, N), and whether it lies within what the release spans (N,)."""
    n = len(hosts)
    equilibrium = generator.uniform(*TEMPERATURE, size=n)
    distance = distance_at(equilibrium, hosts.temperature, hosts.radius)
    mass = 10 ** (_CENTRES[kind] + _SPREADS[kind] * generator.standard_normal(n))
    radius = typical_radius(mass, equilibrium) * np.exp(_RADIUS_SPREADS[kind] * generator.standard_normal(n))
    temperature = equilibrium + TEMPERATURE_SCATTER * generator.standard_normal(n)
    period = orbital_period(distance, hosts.mass)
    accepted = np.ones(n, dtype=bool)
    for values, (low, high) in (
        (mass, MASS),
        (radius, RADIUS),
        (temperature, TEMPERATURE),
        (period, PERIOD),
        (distance, DISTANCE),
        (surface_gravity(mass, radius), GRAVITY),
        (jeans_parameter(mass, radius, temperature), (LEAST_JEANS_PARAMETER, np.inf)),
    ):
        accepted &= (values >= low) & (values <= high)
    return np.stack([mass, period, distance, radius, temperature]), accepted
