"""Collision-induced absorption of H2-H2 and H2-He, in a compact form fitted to the tables of Borysow.

A sum of broad features, the rotational, fundamental and overtone groups of H2 with their double transitions:

    alpha(w, T) = sum_i s_i t^a_i exp(-E_i (1/T - 1/300 K)) exp(1 - sqrt(1 + (d / g_i)^2)) r(d, T)

with t = T / 300 K, d = w - w_i, a width g_i t^b_i, and r = exp(d h c / 2 k T) on the red side, 1 on the blue:
an exponential wing like that of Birnbaum and Cohen (Canadian Journal of Physics 54, 593, 1976) with half of
detailed balance.

References:
    Borysow, Joergensen and Fu, JQSRT 68, 235 (2001), and Borysow, A&A 390, 779 (2002), for H2-H2.
    Joergensen, Hammer, Borysow and Falkesgaard, A&A 361, 283 (2000), and the tables at low temperature that
    A. Borysow distributed, for H2-He.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.physics.band_model.bands import SECOND_RADIATION

Array = NDArray[np.float64]

LOSCHMIDT = 2.6867774e19  # molecules cm-3 at 0 degrees Celsius and 1 atm: one amagat
_REFERENCE = 300.0  # K


class Feature(NamedTuple):
    """One term of the sum.

    Arguments:
        centre: w_i [cm-1].
        log_strength: log10 s_i [cm-1 amagat-2].
        exponent: a_i.
        energy: E_i [K].
        width: g_i [cm-1].
        width_exponent: b_i.
    """

    centre: float
    log_strength: float
    exponent: float
    energy: float
    width: float
    width_exponent: float


H2_H2 = (
    Feature(617.0, -5.909, 0.277, -139.0, 275.2, 0.579),
    Feature(1034.0, -5.996, 0.576, 426.0, 144.7, 0.788),
    Feature(1549.0, -8.543, -1.746, 183.0, 333.5, 0.398),
    Feature(4202.0, -5.481, 0.913, -98.0, 215.0, 0.446),
    Feature(4727.0, -5.752, -0.718, 14.0, 145.1, 0.813),
    Feature(5080.0, -6.590, 0.823, -8.0, 209.3, 0.286),
    Feature(8221.0, -7.335, 0.210, -84.0, 259.0, 0.552),
    Feature(8824.0, -7.331, -0.412, 19.0, 133.7, 0.495),
    Feature(9240.0, -8.426, 1.366, -107.0, 163.2, 0.188),
    Feature(11766.0, -8.802, 0.166, 49.0, 239.6, 0.527),
    Feature(12285.0, -8.502, -0.511, 167.0, 290.6, -0.042),
    Feature(12945.0, -9.345, 0.047, 850.0, 135.2, 0.581),
    Feature(14865.0, -11.633, -1.593, 429.0, 795.0, -2.446),
)
H2_HE = (
    Feature(673.0, -5.541, 0.423, -320.0, 117.4, 0.878),
    Feature(1097.0, -6.745, 1.367, 34.0, 176.4, 0.693),
    Feature(1416.0, -7.726, 1.490, 46.0, 279.7, 0.400),
    Feature(4212.0, -5.447, 0.420, -14.0, 146.8, 0.501),
    Feature(4699.0, -6.283, 1.370, -270.0, 185.5, 0.598),
    Feature(5115.0, -7.384, 0.756, 151.0, 264.8, 0.201),
    Feature(8159.0, -7.809, 0.281, 132.0, 180.0, 0.411),
    Feature(8552.0, -8.334, 1.597, -322.0, 178.9, 0.651),
    Feature(9056.0, -9.503, -0.982, 352.0, 209.2, 0.225),
    Feature(11842.0, -9.621, 2.142, -486.0, 283.0, 0.408),
    Feature(12386.0, -9.320, -0.472, 117.0, 188.1, 0.924),
    Feature(13055.0, -10.909, 0.132, 202.0, 200.8, -0.116),
    Feature(15221.0, -15.867, 0.499, -651.0, 331.5, 0.465),
    Feature(15999.0, -17.631, 0.565, -943.0, 353.6, 0.072),
    Feature(18485.0, -22.269, 0.551, -1578.0, 424.0, 0.222),
)

# features, and the last wavenumber of Borysow's table [cm-1]
CIA_PAIRS: dict[str, tuple[tuple[Feature, ...], float]] = {
    "H2-H2": (H2_H2, 16480.0),
    "H2-He": (H2_HE, 20080.0),
}

CIA_TEMPERATURE: Array = np.array(
    [100.0, 150, 200, 250, 300, 400, 500, 600, 700, 800, 900, 1000, 1500, 2000, 2500, 3000, 3500, 4000]
)  # K


def cia_wavenumber(pair: str) -> Array:
    """The grid [cm-1], from 10 um to as far as Borysow's table reaches, of a pair such as H2-He."""
    return np.arange(1000.0, CIA_PAIRS[pair][1] + 10.0, 20.0)


def cia_coefficient(pair: str, wavenumber: Array, temperature: float) -> Array:
    """Absorption coefficient [cm5 molecule-2] (W,) of a pair at wavenumbers [cm-1] (W,) and T [K]."""
    relative = temperature / _REFERENCE
    result = np.zeros(len(wavenumber))
    for feature in CIA_PAIRS[pair][0]:
        strength = (
            10.0**feature.log_strength
            * relative**feature.exponent
            * np.exp(-feature.energy * (1.0 / temperature - 1.0 / _REFERENCE))
        )
        distance = wavenumber - feature.centre
        width = feature.width * relative**feature.width_exponent
        red_side = np.exp(np.minimum(distance, 0.0) * 0.5 * SECOND_RADIATION / temperature)
        result += strength * np.exp(1.0 - np.sqrt(1.0 + (distance / width) ** 2)) * red_side
    return result / LOSCHMIDT**2
