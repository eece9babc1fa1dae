"""Stars like those of the Ariel Data Challenge 2023."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.data.arrays import Array

# what the stars of the release span
DISTANCE = (12.0, 2805.0)  # pc
TEMPERATURE = (4071.0, 6820.0)  # K
MASS = (0.65, 2.2)  # M_Sun
RADIUS = (0.62, 2.1)  # R_Sun

# medians and spreads (of the natural logarithm) of what is drawn within these spans
_MEDIAN_DISTANCE, _DISTANCE_SPREAD = 330.0, 0.85
_MEDIAN_MASS, _MASS_SPREAD = 1.15, 0.22
_RADIUS_SPREAD = 0.12  # age and metallicity at a given mass
_TEMPERATURE_SPREAD = 0.03
_SUN_TEMPERATURE = 5772.0  # K

# Exponents of the zero-age main sequence about one solar mass, R ~ M^0.9 and T ~ M^0.6: luminosity goes
# with about the fourth power of mass.
_RADIUS_EXPONENT, _TEMPERATURE_EXPONENT = 0.9, 0.6


@dataclass(frozen=True, eq=False)
class Stars:
    """N host stars: distance [pc], mass [M_Sun], radius [R_Sun] and effective temperature [K], each (N,)."""

    distance: Array
    mass: Array
    radius: Array
    temperature: Array

    def __len__(self) -> int:
        return len(self.distance)

    def take(self, rows: NDArray[np.intp]) -> Stars:
        """Some of the stars, also several times."""
        return Stars(self.distance[rows], self.mass[rows], self.radius[rows], self.temperature[rows])


def draw_stars(n: int, generator: np.random.Generator) -> Stars:
    """Draw main-sequence stars within what the release spans.

    As in the release, masses and radii are multiples of 0.01 solar ones, temperatures of 1 K and distances of
    0.001 pc. Stars outside the spans are drawn again.
    """
    kept: list[Stars] = []
    missing = n
    while missing > 0:
        drawn = _draw(2 * missing + 16, generator)
        inside = np.ones(len(drawn), dtype=bool)
        for values, (low, high) in (
            (drawn.distance, DISTANCE),
            (drawn.mass, MASS),
            (drawn.radius, RADIUS),
            (drawn.temperature, TEMPERATURE),
        ):
            inside &= (values >= low) & (values <= high)
        kept.append(drawn.take(np.flatnonzero(inside)[:missing]))
        missing -= len(kept[-1])
    return Stars(
        *(
            np.concatenate([getattr(part, name) for part in kept])
            for name in ("distance", "mass", "radius", "temperature")
        )
    )


def _draw(n: int, generator: np.random.Generator) -> Stars:
    mass = _MEDIAN_MASS * np.exp(_MASS_SPREAD * generator.standard_normal(n))
    radius = mass**_RADIUS_EXPONENT * np.exp(_RADIUS_SPREAD * generator.standard_normal(n))
    temperature = _SUN_TEMPERATURE * mass**_TEMPERATURE_EXPONENT
    temperature *= np.exp(_TEMPERATURE_SPREAD * generator.standard_normal(n))
    distance = _MEDIAN_DISTANCE * np.exp(_DISTANCE_SPREAD * generator.standard_normal(n))
    return Stars(np.round(distance, 3), np.round(mass, 2), np.round(radius, 2), np.round(temperature))
