"""Rayleigh scattering cross-sections of the gases for which TauREx 3 has them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from harness.physics.constants import LOSCHMIDT, SQUARE_METRE

Array = NDArray[np.float64]


def rayleigh_cross_section(molecule: str, wavenumber: Array) -> Array | None:
    """Rayleigh scattering cross-section [m2] at wavenumbers [cm-1], or None where none is known.

    H2 and He from series in the inverse wavelength; the rest from the refractive index and the King
    correction factor,

        sigma = 24 pi^3 F / (N^2 lambda^4) * ((n^2 - 1) / (n^2 + 2))^2.

    Reference:
        A. N. Cox (editor), Allen's Astrophysical Quantities, 4th edition, 2000. The fits are those of
        TauREx 3 (Al-Refaie et al., ApJ 917, 37, 2021), whose figures are kept where others differ.
    """
    if molecule in _SERIES:
        return _series(wavenumber, *_SERIES[molecule])
    if molecule not in _REFRACTION:
        return None
    index, king = _REFRACTION[molecule](wavenumber)
    polarizability = (index**2 - 1) / (LOSCHMIDT * (index**2 + 2))
    wavelength = 1e-2 / wavenumber
    cross_section: Array = 24 * math.pi**3 * king * polarizability**2 / wavelength**4
    return cross_section


# sigma [cm2] = factor * w^-4 * (1 + second * w^-2 + fourth * w^-4), w in Angstrom
_SERIES = {
    "H2": (8.14e-13, 1.572e6, 1.981e12),
    "He": (5.484e-14, 2.44e5, 0.0),
}


def _series(wavenumber: Array, factor: float, second: float, fourth: float) -> Array:
    inverse_square = (wavenumber / 1e8) ** 2
    return (
        factor * inverse_square**2 * (1 + second * inverse_square + fourth * inverse_square**2) * SQUARE_METRE
    )


def _micron(wavenumber: Array) -> Array:
    return 1e4 / wavenumber


def _n2(wavenumber: Array) -> tuple[Array, Array | float]:
    index = 1 + 1e-8 * (6498.2 + 307.43305e12 / (14.4e9 - wavenumber**2))
    return index, 1.034 + 3.17e-12 * wavenumber**2


def _o2(wavenumber: Array) -> tuple[Array, Array | float]:
    return 1 + 1.181494e-4 + 9.708931e-3 / (75.4 - _micron(wavenumber) ** -2), 1.096


def _co2(wavenumber: Array) -> tuple[Array, Array | float]:
    square = _micron(wavenumber) ** -2
    terms = (
        (6.991e-2, 166.175),
        (1.4472e-3, 79.609),
        (6.42941e-5, 56.3064),
        (5.21306e-5, 46.0196),
        (1.46847e-6, 0.0584738),
    )
    return 1 + sum((strength / (pole - square) for strength, pole in terms), np.zeros_like(square)), 1.1364


def _ch4(wavenumber: Array) -> tuple[Array, Array | float]:
    return 1 + 1e-8 * (46662 + 4.02e-6 * wavenumber**2), 1.0


def _co(wavenumber: Array) -> tuple[Array, Array | float]:
    return 1 + 32.7e-5 * (1 + 8.1e-3 / _micron(wavenumber) ** 2), 1.016


def _nh3(wavenumber: Array) -> tuple[Array, Array | float]:
    return 1 + 37e-5 * (1 + 12e-3 / _micron(wavenumber) ** 2), 1.0


def _h2o(wavenumber: Array) -> tuple[Array, Array | float]:
    square = _micron(wavenumber) ** -2
    refractivity_of_air = 0.05792105 / (238.0185 - square) + 0.00167917 / (57.362 - square)
    depolarization = 0.17
    return 1 + 0.85 * refractivity_of_air, (6 + 3 * depolarization) / (6 - 7 * depolarization)


_REFRACTION: dict[str, Callable[[Array], tuple[Array, Array | float]]] = {
    "N2": _n2,
    "O2": _o2,
    "CO2": _co2,
    "CH4": _ch4,
    "CO": _co,
    "NH3": _nh3,
    "H2O": _h2o,
}
