"""What spots and faculae that a planet does not cross do to its transit depths."""

from __future__ import annotations

from harness.data.arrays import Array
from harness.simulation.blackbody import photon_rate


def contamination(photosphere: Array, region: Array, cover: Array, wavelength: Array, width: Array) -> Array:
    """Factor on the transit depth in each channel (N, C).

    A planet that crosses only quiet photosphere takes away more (spots) or less (faculae) of the star's light
    than its size alone would: the depth is too large by 1 / (1 - f (1 - F_region / F_photosphere)), with the
    share f of the disc that is covered and the photons of blackbodies in each channel.

    Arguments:
        photosphere: temperature of the quiet star [K] (N,).
        region: temperature of its spots or faculae [K] (N,).
        cover: share of the disc that they cover (N,).
        wavelength: channel centres [um] (C,).
        width: channel widths [um] (C,).

    Reference:
        B. V. Rackham, D. Apai and M. S. Giampapa, The Transit Light Source Effect, ApJ 853, 122, 2018,
        equation 3.
    """
    ratio = photon_rate(region, wavelength, width) / photon_rate(photosphere, wavelength, width)
    factor: Array = 1 / (1 - cover[:, None] * (1 - ratio))
    return factor
