"""The structure of isothermal atmospheres: altitudes, and the chords of the light through them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from harness.physics.constants import BOLTZMANN, GRAVITATION, JUPITER_MASS, JUPITER_RADIUS, SUN_RADIUS
from harness.physics.cross_sections import Array

# Under the diagonal the squared half-chord is negative (the chord does not reach that layer); this stands
# for zero, with a square root that has a finite derivative.
_NOTHING = 1e-300


@dataclass(frozen=True)
class Layers:
    """Layers of equal thickness in log pressure.

    Arguments:
        number: how many.
        bottom, top: pressures [Pa] at the lowest and the highest boundary.
    """

    number: int = 100
    bottom: float = 1e6
    top: float = 1e-5

    @property
    def pressure(self) -> Array:
        """Geometric mean pressure [Pa] of each layer, from the bottom up (L,)."""
        levels = np.logspace(math.log10(self.top), math.log10(self.bottom), self.number + 1)[::-1]
        centre: Array = levels[:-1] * np.sqrt(levels[1:] / levels[:-1])
        return centre

    @property
    def log_step(self) -> float:
        """Natural logarithm of the ratio of pressures across a layer."""
        return math.log(self.bottom / self.top) / self.number


@dataclass(frozen=True, eq=False)
class Atmosphere:
    """Geometry of a batch of atmospheres, float64.

    Arguments:
        bare: transit depth of the planet's disc without its atmosphere (B,).
        annuli: transit depth that each layer's ring would have if it were opaque (B, L).
        half_chords: distance along the line of sight from the point closest to the planet, in the middle
            of layer i, to the upper end of layer j; zero for j < i (B, L, L) [m].
        density: molecules per volume for a pressure of 1 Pa [m-3 Pa-1] (B,), or that of each layer (B, L).
    """

    bare: Tensor
    annuli: Tensor
    half_chords: Tensor
    density: Tensor

    def take(self, rows: Tensor) -> Atmosphere:
        """Some of the atmospheres."""
        return Atmosphere(self.bare[rows], self.annuli[rows], self.half_chords[rows], self.density[rows])


def isothermal_atmosphere(
    layers: Layers,
    planet_radius: Tensor,
    temperature: Tensor,
    molecular_mass: Tensor,
    star_radius: Tensor,
    planet_mass: Tensor,
) -> Atmosphere:
    """Altitudes by hydrostatic equilibrium from the bottom up, and the chords through them.

    The conventions are TauREx 3's (Al-Refaie et al., ApJ 917, 37, 2021): the scale height H = k T / (m g) of
    each layer follows from gravity at its lower boundary, its thickness is H times the step in log pressure,
    and the chord through layer i passes the planet's centre at R + dz_0 / 2 + z_i.

    An atmosphere that is hardly bound grows without limit; then altitudes overflow and everything here is
    infinite or not a number.

    Arguments:
        planet_radius: radius at the bottom layer [R_Jup] (B,).
        temperature: [K] (B,).
        molecular_mass: mean [kg] (B,).
        star_radius: [R_Sun] (B,).
        planet_mass: [M_Jup] (B,).
    """
    thermal = BOLTZMANN * temperature
    # thickness of a layer whose lower boundary is at distance r from the centre: stretch * r^2
    stretch = layers.log_step * thermal / (molecular_mass * GRAVITATION * planet_mass * JUPITER_MASS)
    return stacked_layers(
        layers.number,
        planet_radius * JUPITER_RADIUS,
        star_radius * SUN_RADIUS,
        lambda layer, distance: stretch * distance * distance,
        1 / thermal,
    )


def stacked_layers(
    number: int, radius: Tensor, star: Tensor, thickness: Callable[[int, Tensor], Tensor], density: Tensor
) -> Atmosphere:
    """One layer upon the other, and the chords through them.

    Arguments:
        number: of layers.
        radius: of the planet at the bottom layer [m] (B,).
        star: its radius [m] (B,).
        thickness: `thickness(layer, distance)` of a layer, counted from the bottom, whose lower boundary is
            at this distance from the planet's centre (B,) [m].
        density: as the atmosphere is to hold it.
    """
    lower, steps = [], []
    altitude = torch.zeros_like(radius)
    for layer in range(number):
        lower.append(altitude)
        steps.append(thickness(layer, radius + altitude))
        altitude = altitude + steps[-1]
    z, dz = torch.stack(lower, dim=1), torch.stack(steps, dim=1)

    closest = (radius + dz[:, 0] / 2)[:, None] + z
    upper = z + dz / 2
    squared = upper[:, None, :] - z[:, :, None]
    squared = squared * ((closest + dz / 2)[:, None, :] + closest[:, :, None])
    return Atmosphere(
        bare=(radius / star) ** 2,
        annuli=2 * (radius[:, None] + z) * dz / (star**2)[:, None],
        half_chords=squared.clamp(min=_NOTHING).sqrt(),
        density=density,
    )


def chord_weights(profile: Array) -> Array:
    """Turn a profile over layers (..., L, N) into weights on half-chords, for both halves of the chord.

    The light crosses layer j over 2 (s_j - s_(j-1)), s being the half-chords and s_(i-1) = 0. The column
    sum over j of 2 (s_j - s_(j-1)) f_j is, by parts, the sum of s_j times 2 (f_j - f_(j+1)).
    """
    above = np.concatenate([profile[..., 1:, :], np.zeros_like(profile[..., :1, :])], axis=-2)
    weights: Array = 2 * (profile - above)
    return weights
