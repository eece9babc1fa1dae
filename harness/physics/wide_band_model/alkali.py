"""The resonance doublets of sodium and potassium, with the wings that pressure gives them.

A Lorentz profile as wide as its natural width and collisions with H2 and He make it, up to some detuning;
beyond, a wing that falls with the power 3/2 of the detuning and is cut off exponentially, as the
statistical theory of collisions has it. The Doppler core is narrower than the grid and is left out.

References:
    NIST Atomic Spectra Database, for wavenumbers, oscillator strengths and lifetimes.
    Burrows, Marley and Sharp, ApJ 531, 438, 2000, for the form of the wings, the widths and the detunings,
    with the coefficients of Iro, Bezard and Guillot, A&A 436, 719, 2005.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.physics.band_model.bands import SECOND_RADIATION
from harness.physics.band_model.cross_sections import ATMOSPHERE, PRESSURE, SMALLEST, TEMPERATURE
from harness.physics.wide_band_model.grid import WAVENUMBER

Array = NDArray[np.float64]

# pi e^2 / (m c^2): integrated cross-section of a line of oscillator strength 1 [cm]
ELECTRON = 8.85282e-13
# share of the cut-off's energy in k T: between 0 and 1, and uncertain (Burrows et al. 2000)
CUT_OFF = 0.65


@dataclass(frozen=True)
class Alkali:
    """One doublet.

    Arguments:
        name: of the element.
        lines: wavenumber [cm-1] and oscillator strength of each.
        natural: half-width at half maximum that the lifetime gives [cm-1].
        broadening: the same by collisions, at 1 atm and 2000 K [cm-1].
        detuning: where the Lorentz profile ends, at 500 K [cm-1].
    """

    name: str
    lines: tuple[tuple[float, float], ...]
    natural: float
    broadening: float
    detuning: float


ALKALIS = {
    alkali.name: alkali
    for alkali in (
        Alkali("Na", ((16956.17, 0.320), (16973.37, 0.641)), 1.63e-4, 0.071, 30.0),
        Alkali("K", ((12985.19, 0.333), (13042.90, 0.668)), 1.00e-4, 0.14, 20.0),
    )
}


def alkali_cross_sections(
    alkali: Alkali,
    wavenumber: Array = WAVENUMBER,
    temperature: Array = TEMPERATURE,
    pressure: Array = PRESSURE,
) -> NDArray[np.float32]:
    """Cross-sections [cm2] (P, T, W).

    Each point stands for an interval, and takes the cross-section at the middle distance of the interval
    from the line: half of it absorbs more, half less. The strength of the unresolved core does not count.

    Arguments:
        wavenumber: [cm-1] (W,).
        temperature: [K] (T,).
        pressure: [Pa] (P,).
    """
    least = np.gradient(wavenumber) / 4
    result = np.empty((len(pressure), len(temperature), len(wavenumber)), dtype=np.float32)
    for index, kelvin in enumerate(temperature):
        width = alkali.natural + alkali.broadening * (kelvin / 2000) ** -0.7 * pressure / ATMOSPHERE
        total = np.zeros((len(pressure), len(wavenumber)))
        for centre, strength in alkali.lines:
            distance = np.maximum(np.abs(wavenumber - centre), least)
            total += ELECTRON * strength * profile(distance, width[:, None], float(kelvin), alkali.detuning)
        result[:, index] = np.maximum(total, SMALLEST)
    return result


def profile(distance: Array, width: Array, temperature: float, detuning: float) -> Array:
    """A line's profile [1/cm-1] at distances [cm-1] from its centre.

    Arguments:
        width: half-width at half maximum [cm-1].
        temperature: [K].
        detuning: where the Lorentz profile ends, at 500 K [cm-1].
    """
    end = detuning * (temperature / 500) ** 0.6
    lorentz = width / (math.pi * (np.minimum(distance, end) ** 2 + width**2))
    beyond = np.maximum(distance, end)
    cut = np.exp(-CUT_OFF * SECOND_RADIATION * (beyond - end) / temperature)
    return np.asarray(lorentz * (end / beyond) ** 1.5 * cut)
