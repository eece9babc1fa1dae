"""How a planet's radius, temperature, orbit and gravity hang together."""

from __future__ import annotations

import math

import numpy as np

from harness.data.arrays import Array
from harness.physics.constants import BOLTZMANN, GRAVITATION, JUPITER_RADIUS, SUN_RADIUS

SUN_MASS = 1.988409870698051e30  # kg
ASTRONOMICAL_UNIT = 1.495978707e11  # m
DAY = 86400.0  # s
EARTH_MASS, EARTH_RADIUS = 5.9722e24, 6.3781e6  # kg, m
HYDROGEN_MASS = 1.6735e-27  # kg
STEFAN_BOLTZMANN = 5.670374419e-5  # erg s-1 cm-2 K-4

# The release was made with other constants than its masses in kg were. Its own rows give the products
# that reproduce its columns to seven digits: G * (1.989e30 kg / M_Sun) for the orbits, with G = 6.67408e-11,
# and surface gravity * radius^2 / mass for planets, the radius being planet_radius of the FM parameters.
ORBIT_GRAVITATION = 6.67408e-11 * 1.989e30 / SUN_MASS
SURFACE_GRAVITATION = 6.674738138e-11


def equilibrium_temperature(star_temperature: Array, star_radius: Array, distance: Array) -> Array:
    """Temperature [K] of a planet that absorbs all light and spreads it evenly: T_star sqrt(R_star / (2 a)).

    Arguments:
        star_temperature: [K].
        star_radius: [R_Sun].
        distance: semi-major axis [AU].
    """
    separation = 2 * distance * ASTRONOMICAL_UNIT
    temperature: Array = star_temperature * np.sqrt(star_radius * SUN_RADIUS / separation)
    return temperature


def distance_at(temperature: Array, star_temperature: Array, star_radius: Array) -> Array:
    """The semi-major axis [AU] that has an equilibrium temperature [K]."""
    distance: Array = star_radius * SUN_RADIUS / 2 * (star_temperature / temperature) ** 2 / ASTRONOMICAL_UNIT
    return distance


def orbital_period(distance: Array, star_mass: Array) -> Array:
    """Kepler's third law: the period [days] at a semi-major axis [AU] about a star [M_Sun]."""
    cubed = (distance * ASTRONOMICAL_UNIT) ** 3
    period: Array = 2 * math.pi * np.sqrt(cubed / (ORBIT_GRAVITATION * star_mass * SUN_MASS)) / DAY
    return period


def surface_gravity(mass: Array, radius: Array) -> Array:
    """Gravity [m/s2] of a planet's mass [kg] at its radius [R_Jup], as the release has it."""
    gravity: Array = SURFACE_GRAVITATION * mass / (radius * JUPITER_RADIUS) ** 2
    return gravity


def typical_radius(mass: Array, equilibrium: Array) -> Array:
    """The radius [R_Jup] expected of a planet's mass [kg] and equilibrium temperature [K].

    Reference:
        L. M. Weiss et al., The Mass of KOI-94d and a Relation for Planet Radius, Mass, and Incident Flux,
        ApJ 768, 14, 2013: R = 1.78 M^0.53 F^-0.03 under 150 Earth masses, R = 2.45 M^-0.039 F^0.094 above,
        in units of the Earth with the incident flux F in erg s-1 cm-2.
    """
    earths = mass / EARTH_MASS
    flux = 4 * STEFAN_BOLTZMANN * equilibrium**4
    small = 1.78 * earths**0.53 * flux**-0.03
    large = 2.45 * earths**-0.039 * flux**0.094
    radius: Array = np.where(earths < 150, small, large) * (EARTH_RADIUS / JUPITER_RADIUS)
    return radius


def jeans_parameter(mass: Array, radius: Array, temperature: Array) -> Array:
    """How firmly a planet holds its hydrogen: G M m_H / (k T R), for mass [kg], radius [R_Jup] and [K].

    Reference:
        L. Fossati et al., Aeronomical constraints to the minimum mass and maximum radius of hot low-mass
        planets, A&A 598, A90, 2017, equation 1.
    """
    parameter: Array = (
        GRAVITATION * mass * HYDROGEN_MASS / (BOLTZMANN * temperature * radius * JUPITER_RADIUS)
    )
    return parameter
