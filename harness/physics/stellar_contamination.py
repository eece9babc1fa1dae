"""What spots and faculae that the planet does not cross do to its transit depths."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from harness.physics.cross_sections import Array

_SECOND_RADIATION = 14387.76877  # h c / k [um K]
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(4)


def contamination(
    rates: tuple[Tensor, Tensor], photosphere: float, fractions: Tensor, temperatures: Tensor
) -> Tensor:
    """Factor on the transit depth at each wavelength or in each channel (B, C).

    1 / (1 - sum of f (1 - F_region / F_photosphere)) over spots and faculae, with black bodies in place of
    models of stellar atmospheres.

    Arguments:
        rates: wavelengths [um] (C, N) and how much each counts in its channel (C, N), of `channel_nodes`.
        photosphere: temperature of the quiet star [K].
        fractions: share of the disc that is spots, and that is faculae (B, 2).
        temperatures: of both [K] (B, 2).

    Reference:
        B. V. Rackham, D. Apai and M. S. Giampapa, ApJ 853, 122, 2018, equation 3, with a second region.
    """
    wavelength, weights = rates
    quiet = (weights * photons(wavelength, wavelength.new_tensor(photosphere))).sum(dim=-1)
    regions = (weights * photons(wavelength, temperatures[:, :, None, None])).sum(dim=-1)
    return 1 / (1 - (fractions[:, :, None] * (1 - regions / quiet)).sum(dim=1))


def photons(wavelength: Tensor, temperature: Tensor) -> Tensor:
    """Photons that a black body sends out, up to a constant factor, at wavelengths [um] and T [K]."""
    return wavelength**-4 / torch.expm1(_SECOND_RADIATION / (wavelength * temperature))


def channel_nodes(wavelength: Array, width: Array) -> tuple[Array, Array]:
    """Wavelengths [um] (C, 4) and weights (C, 4) of a Gauss-Legendre quadrature over each channel.

    Arguments:
        wavelength, width: centres and full widths [um] (C,).
    """
    nodes = wavelength[:, None] + width[:, None] / 2 * _NODES
    return nodes, np.broadcast_to(_WEIGHTS / 2, nodes.shape).copy()
