"""The 1-sigma noise of a transit depth in each channel of Ariel: photons, and a floor.

A plain model, not ESA's radiometric one: a star is a blackbody, each channel collects a share of its
photons during the transits of one planet, and what does not average out is one floor for all channels.
One number is fitted, that of the transits that are stacked, so that the mean noise of a population is that
of the Ariel Data Challenge 2023 (7.3e-5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.data.arrays import Array
from harness.physics.constants import SUN_RADIUS
from harness.simulation.blackbody import photon_rate
from harness.simulation.planets import ASTRONOMICAL_UNIT, DAY
from harness.simulation.population import Population

PARSEC = 3.0856775814913673e16  # m
# The elliptical primary mirror, 1.1 m by 0.73 m (Tinetti et al., Exp. Astron. 46, 135, 2018).
MIRROR = np.pi / 4 * 1.1 * 0.73  # m2


@dataclass(frozen=True)
class Instrument:
    """A photometer or spectrometer.

    Attributes:
        name: as Ariel's documents call it.
        first, last: its range [um].
        throughput: electrons counted per photon that meets the mirror, in the middle of the range.
        edges: share of that throughput that is left at both ends of the range; it falls with the fourth
            power of the distance from the middle. Photometers have one channel each, and no edges.
    """

    name: str
    first: float
    last: float
    throughput: float
    edges: float = 1.0

    def throughput_at(self, wavelength: Array) -> Array:
        """Electrons per photon (C,) at wavelengths [um] (C,)."""
        position = (2 * wavelength - self.first - self.last) / (self.last - self.first)
        shape: Array = self.throughput * (1 - (1 - self.edges) * position**4)
        return shape


# Ranges after Tinetti et al. 2018; throughputs are plausible ones, mirrors and detectors included.
INSTRUMENTS = (
    Instrument("VISPhot", 0.5, 0.6, 0.45),
    Instrument("FGS1", 0.6, 0.8, 0.50),
    Instrument("FGS2", 0.8, 1.1, 0.50),
    Instrument("NIRSpec", 1.1, 1.95, 0.40, edges=0.7),
    Instrument("AIRS-CH0", 1.95, 3.9, 0.35, edges=0.6),
    Instrument("AIRS-CH1", 3.9, 7.8, 0.30, edges=0.5),
)

# Fitted. More transits than an observing plan would stack for most planets: the number stands for whatever
# makes the distant stars of the release as quiet as they are.
TRANSITS = 50.0
FLOOR = 2e-5  # transit depth


def throughput(wavelength: Array) -> Array:
    """Electrons per photon in each channel (C,), by the instrument whose range holds its centre [um].

    A channel beyond the first or the last instrument is given to that one, at its edge.
    """
    last = np.array([instrument.last for instrument in INSTRUMENTS])
    which = np.searchsorted(last, wavelength).clip(max=len(INSTRUMENTS) - 1)
    return np.array(
        [
            INSTRUMENTS[index].throughput_at(np.clip(centre, INSTRUMENTS[index].first, last[index]))
            for index, centre in zip(which, wavelength, strict=True)
        ]
    )


def transit_duration(population: Population) -> Array:
    """Seconds (N,) that a planet on a circular orbit, seen edge on, takes to cross its star."""
    crossing = population.stars.radius * SUN_RADIUS / (population.distance * ASTRONOMICAL_UNIT)
    duration: Array = population.period * DAY / np.pi * np.arcsin(crossing.clip(max=1))
    return duration


def noise(population: Population, wavelength: Array, width: Array) -> Array:
    """1-sigma noise of the transit depth (N, C).

    A depth compares the light during transit with that over an equal time outside it, so that the photons of
    one transit n give a noise of sqrt(2 / n); that of the stacked transits and the floor add in squares.

    Arguments:
        population: N planets.
        wavelength: channel centres [um] (C,).
        width: channel widths [um] (C,).
    """
    stars = population.stars
    dilution = (stars.radius * SUN_RADIUS / (stars.distance * PARSEC)) ** 2
    rate = photon_rate(stars.temperature, wavelength, width) * throughput(wavelength)
    collected = rate * (dilution * MIRROR * TRANSITS * transit_duration(population))[:, None]
    total: Array = np.sqrt(2 / collected + FLOOR**2)
    return total
