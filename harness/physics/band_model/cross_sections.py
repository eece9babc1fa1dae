"""Cross-sections of the band model on the grid that the built-in opacity files carry."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.physics.band_model.bands import REFERENCE_TEMPERATURE, Molecule
from harness.physics.band_model.envelope import GRID, envelope
from harness.physics.band_model.hot_bands import log_state_count, strength
from harness.physics.band_model.line_comb import comb, contrast

Array = NDArray[np.float64]

RESOLVING_POWER = 2800.0
SHORTEST, LONGEST = 0.4, 8.5  # um
ATMOSPHERE = 101325.0  # Pa

# constant resolving power, ascending, 8,558 points
WAVENUMBER: Array = np.geomspace(
    1e4 / LONGEST, 1e4 / SHORTEST, int(RESOLVING_POWER * np.log(LONGEST / SHORTEST)) + 1
)
TEMPERATURE: Array = np.array(
    [100.0, 150, 200, 300, 400, 500, 600, 800, 1000, 1250, 1500, 1800, 2200, 2700, 3300, 4000]
)  # K
PRESSURE: Array = np.logspace(-5.0, 7.0, 19)  # Pa

SMALLEST = 1e-33  # cm2, between bands: far below anything that a transit shows, and safe in float32


def _bands_on_grid(molecule: Molecule, temperature: float) -> tuple[Array, Array]:
    """Mean cross-section [cm2] and lines per cm-1, both on the grid of the envelopes, at T [K]."""
    lines = molecule.lines
    mean = np.zeros(len(GRID))
    weighted = np.zeros(len(GRID))
    for band in molecule.bands:
        absorption = strength(molecule, band, temperature) * envelope(molecule, band, temperature)
        density = (
            10.0**lines.log_density
            * (temperature / REFERENCE_TEMPERATURE) ** lines.rotation_exponent
            * np.exp(
                lines.vibration_exponent * log_state_count(molecule, band, temperature)
                + lines.quanta_exponent * sum(band.quanta)
            )
        )
        mean += absorption
        weighted += absorption * density
    return mean, weighted / np.maximum(mean, 1e-300)


def mean_cross_section(molecule: Molecule, wavenumber: Array, temperature: float) -> Array:
    """Cross-section averaged over lines [cm2] (W,) at wavenumbers [cm-1] (W,) and a temperature [K].

    Pressure moves absorption between line centres and gaps and does not enter the mean.
    """
    return np.asarray(np.interp(wavenumber, GRID, _bands_on_grid(molecule, temperature)[0]))


def line_overlap(
    molecule: Molecule, wavenumber: Array, density: Array, pressure: Array, temperature: float
) -> Array:
    """Malkmus' y (P, W): pi times the half-width of a line over twice the spacing of lines.

    The half-width adds that of Lorentz, proportional to pressure, and a share of that of Doppler, which keeps
    overlapping lines together however low the pressure.

    Arguments:
        wavenumber: [cm-1] (W,).
        density: lines per cm-1 (W,).
        pressure: [Pa] (P,).
        temperature: [K].
    """
    lines = molecule.lines
    cooling = (REFERENCE_TEMPERATURE / temperature) ** lines.broadening_exponent
    lorentz = lines.broadening * cooling * pressure / ATMOSPHERE
    doppler = 3.581e-7 * wavenumber * np.sqrt(temperature / molecule.mass)
    width = lorentz[:, None] + 10.0**lines.doppler_share * doppler
    return np.asarray(0.5 * np.pi * density * width)


def cross_sections(
    molecule: Molecule,
    wavenumber: Array = WAVENUMBER,
    temperature: Array = TEMPERATURE,
    pressure: Array = PRESSURE,
) -> NDArray[np.float32]:
    """Cross-sections with line structure [cm2] (P, T, W).

    Arguments:
        wavenumber: [cm-1] (W,); the comb of lines is laid on these points in their order.
        temperature: [K] (T,).
        pressure: [Pa] (P,).
    """
    share = comb(molecule.name, len(wavenumber))
    result = np.empty((len(pressure), len(temperature), len(wavenumber)), dtype=np.float32)
    for index, kelvin in enumerate(temperature):
        mean, density = (
            np.interp(wavenumber, GRID, values) for values in _bands_on_grid(molecule, float(kelvin))
        )
        # where nothing absorbs there are no lines either; any density serves
        overlap = line_overlap(molecule, wavenumber, np.maximum(density, 1e-9), pressure, float(kelvin))
        result[:, index] = np.maximum(mean * contrast(overlap, share), SMALLEST)
    return result


__all__ = [
    "PRESSURE",
    "TEMPERATURE",
    "WAVENUMBER",
    "cross_sections",
    "line_overlap",
    "mean_cross_section",
]
