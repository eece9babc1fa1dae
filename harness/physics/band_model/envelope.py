"""The shape of a band: rotational branches, widening with temperature, smeared by hot bands to the red.

The rotational part is that of a linear rotor with an effective constant B: line m = -J or J + 1 lies at
2 B m + head B m^2 from the centre with a strength of |m| exp(-B m^2 h c / k T), so that the width grows as
sqrt(T) (Herzberg, Infrared and Raman Spectra, 1945, chapter IV). Asymmetric and spherical tops get in
addition a Q branch, exponential wings, as in the exponential wide-band model of Edwards and Menard (1964),
and a spread of their sub-bands.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.physics.band_model.bands import SECOND_RADIATION, Band, Molecule
from harness.physics.band_model.hot_bands import LOWER_STATE_ENERGY, lower_state_share

Array = NDArray[np.float64]

STEP = 4.0  # cm-1
GRID: Array = np.arange(0.0, 26500.0, STEP)  # cm-1, on which envelopes are laid

_POINTS = 801  # on each branch
_RAREST_STATE = 1e-9  # share of the strength below which a lower state is left out
_HERMITE = np.polynomial.hermite_e.hermegauss(5)
_NODES: Array = np.asarray(_HERMITE[0])
_WEIGHTS: Array = np.asarray(_HERMITE[1] / _HERMITE[1].sum())


def envelope(molecule: Molecule, band: Band, temperature: float) -> Array:
    """The envelope of a band [1/cm-1] on `GRID` at a temperature [K]; its integral is one."""
    first_rotation, rotation = _on_steps(*_rotation(molecule, band, temperature))
    first_hot, hot = _on_steps(*_hot_bands(molecule, band, temperature))
    points = len(rotation) + len(hot) - 1
    size = 1 << (points - 1).bit_length()
    shape = np.fft.irfft(np.fft.rfft(rotation, size) * np.fft.rfft(hot, size), size)[:points]
    # the transform leaves rounding of either sign where nothing absorbs
    shape[shape < 1e-13 * shape.max()] = 0.0
    first = first_rotation + first_hot
    start, stop = max(0, -first), min(points, len(GRID) - first)
    result = np.zeros(len(GRID))
    if stop > start:
        result[first + start : first + stop] = shape[start:stop] / STEP
    return result


def _rotation(molecule: Molecule, band: Band, temperature: float) -> tuple[Array, Array]:
    """Positions [cm-1] and shares of the branches and the wings."""
    constant = molecule.rotational_constant * band.rotation
    highest = np.sqrt(16.0 * temperature / (SECOND_RADIATION * constant))
    line = np.linspace(-highest, highest, _POINTS)
    population = np.exp(-constant * line**2 * SECOND_RADIATION / temperature)
    q_share = molecule.q_branch if band.q_branch is None else band.q_branch
    bend = band.head * constant * line**2
    branches = 2.0 * constant * line + bend
    # a Q branch is narrow but has a width, a quarter of that of the branches beside it
    q_branch = 0.5 * constant * line + bend
    decay = 2.0 * molecule.wing_width * np.sqrt(constant * temperature / SECOND_RADIATION)
    wings = np.linspace(-12.0, 12.0, _POINTS)
    positions = np.concatenate([branches, q_branch, decay * wings]) + band.centre
    shares = np.concatenate(
        [
            (1.0 - q_share - molecule.wing_share) * _normalized(np.abs(line) * population),
            q_share * _normalized(population),
            molecule.wing_share * _normalized(np.exp(-np.abs(wings))),
        ]
    )
    return positions, shares


def _hot_bands(molecule: Molecule, band: Band, temperature: float) -> tuple[Array, Array]:
    """Displacements [cm-1] and shares of the hot bands, the cold one included."""
    share = lower_state_share(molecule, band, temperature)
    kept = share > _RAREST_STATE
    shift = band.red_shift * LOWER_STATE_ENERGY[kept]
    scatter = np.hypot(molecule.hot_band_scatter * shift, band.spread)
    positions = -shift[:, None] + scatter[:, None] * _NODES
    return positions.ravel(), (share[kept, None] * _WEIGHTS).ravel()


def _on_steps(positions: Array, shares: Array) -> tuple[int, Array]:
    """Lay shares on whole steps, each divided between its two neighbours: the first step, and the sums."""
    steps = np.floor(positions / STEP).astype(np.int64)
    beyond = positions / STEP - steps
    first = int(steps.min())
    size = int(steps.max()) - first + 2
    result = np.zeros(size)
    result += np.bincount(steps - first, shares * (1.0 - beyond), size)
    result += np.bincount(steps - first + 1, shares * beyond, size)
    return first, result


def _normalized(weights: Array) -> Array:
    return np.asarray(weights / weights.sum())
