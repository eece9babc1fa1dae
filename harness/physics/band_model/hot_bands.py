"""Hot bands: from which vibrational states a band starts, and how its strength changes with temperature.

In the harmonic approximation both follow from the modes alone. A mode of degeneracy d that a band raises by
q quanta absorbs from its v-th level with a strength that grows as the binomial coefficient (v + q over q), so
that the sum over levels is (1 - exp(-u))^-(d + q) with u = h c w / k T, as if the mode were d + q times
degenerate.

References:
    Edwards and Menard, Comparison of models for correlation of total band absorption, Applied Optics 3, 621
    (1964), for the strength of a band with its hot bands.
    Beyer and Swinehart, Number of multiply-restricted partitions, Communications of the ACM 16, 379 (1973),
    for the count of states.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from harness.physics.band_model.bands import REFERENCE_TEMPERATURE, SECOND_RADIATION, Band, Molecule

Array = NDArray[np.float64]

_ENERGY_STEP = 20.0  # cm-1
_HIGHEST_ENERGY = 30000.0  # cm-1, near the dissociation of the weakest bond
LOWER_STATE_ENERGY: Array = np.arange(0.0, _HIGHEST_ENERGY, _ENERGY_STEP)


@lru_cache(maxsize=256)
def _states(modes: tuple[float, ...], multiplicities: tuple[int, ...]) -> Array:
    """Vibrational states at each of `LOWER_STATE_ENERGY`, by the count of Beyer and Swinehart."""
    states = np.zeros(len(LOWER_STATE_ENERGY))
    states[0] = 1.0
    for wavenumber, multiplicity in zip(modes, multiplicities, strict=True):
        quantum = round(wavenumber / _ENERGY_STEP)
        for _ in range(multiplicity):
            for first in range(quantum):
                states[first::quantum] = np.cumsum(states[first::quantum])
    return states


def _multiplicities(molecule: Molecule, band: Band) -> tuple[int, ...]:
    return tuple(d + q for d, q in zip(molecule.degeneracies, band.quanta, strict=True))


def lower_state_share(molecule: Molecule, band: Band, temperature: float) -> Array:
    """Share of a band's strength that starts at each of `LOWER_STATE_ENERGY` (E,), at a temperature [K]."""
    states = _states(molecule.modes, _multiplicities(molecule, band))
    share = states * np.exp(-SECOND_RADIATION * LOWER_STATE_ENERGY / temperature)
    return np.asarray(share / share.sum())


def log_state_count(molecule: Molecule, band: Band, temperature: float) -> float:
    """Natural logarithm of the vibrational states, weighted by strength, that a band starts from at T [K]."""
    reduced = SECOND_RADIATION * np.array(molecule.modes) / temperature
    return float(-(np.array(_multiplicities(molecule, band)) * np.log1p(-np.exp(-reduced))).sum())


def strength(molecule: Molecule, band: Band, temperature: float) -> float:
    """Integrated strength of a band with its hot bands [cm/molecule] at a temperature [K].

    Edwards and Menard (1964): it grows as the product of (1 - exp(-u))^-q over the modes, less
    stimulated emission. For a fundamental the two cancel.
    """

    def growth(kelvin: float) -> float:
        reduced = SECOND_RADIATION * np.array(molecule.modes) / kelvin
        stimulated = -np.expm1(-SECOND_RADIATION * band.centre / kelvin) if band.centre > 0 else 1.0
        return float(stimulated * np.prod((-np.expm1(-reduced)) ** -np.array(band.quanta, dtype=np.float64)))

    return band.strength * growth(temperature) / growth(REFERENCE_TEMPERATURE)
