"""The light of a blackbody in instrument channels."""

from __future__ import annotations

import numpy as np

from harness.data.arrays import Array

_PLANCK, _LIGHT, _BOLTZMANN = 6.62607015e-34, 299792458.0, 1.380649e-23  # SI, exact by definition
# Gauss-Legendre nodes in each channel; the flux of a star bends little within one
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


def photon_rate(temperature: Array, wavelength: Array, width: Array) -> Array:
    """Photons per second and m2 that leave a blackbody's surface in each channel (..., C).

    The integral of pi B(wavelength) / (h c / wavelength) over each channel, by Gauss-Legendre quadrature.

    Arguments:
        temperature: [K] (...).
        wavelength: channel centres [um] (C,).
        width: channel widths [um] (C,).
    """
    metres = (wavelength[:, None] + width[:, None] / 2 * _NODES) * 1e-6
    exponent = _PLANCK * _LIGHT / (metres * _BOLTZMANN * temperature[..., None, None])
    density = 2 * np.pi * _LIGHT / metres**4 / np.expm1(exponent)
    rate: Array = (density * _WEIGHTS).sum(axis=-1) * (width * 1e-6 / 2)
    return rate
