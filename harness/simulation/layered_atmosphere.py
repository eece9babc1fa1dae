"""The structure of atmospheres whose layers differ in temperature."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.physics import Layers
from harness.physics.atmosphere import Atmosphere
from harness.physics.constants import BOLTZMANN, GRAVITATION, JUPITER_MASS, JUPITER_RADIUS, SUN_RADIUS


def layered_atmosphere(
    layers: Layers,
    planet_radius: Tensor,
    temperature: Tensor,
    molecular_mass: Tensor,
    star_radius: Tensor,
    planet_mass: Tensor,
) -> Atmosphere:
    """Altitudes and chords as `harness.physics.atmosphere.isothermal_atmosphere` has them (TauREx 3).

    Arguments:
        planet_radius: radius at the bottom layer [R_Jup] (B,).
        temperature: of each layer from the bottom up [K] (B, L).
        molecular_mass: mean [kg] (B,).
        star_radius: [R_Sun] (B,).
        planet_mass: [M_Jup] (B,).

    Returns:
        an atmosphere whose `density` is that of each layer (B, L).
    """
    radius, star = planet_radius * JUPITER_RADIUS, star_radius * SUN_RADIUS
    thermal = BOLTZMANN * temperature
    weight = molecular_mass * GRAVITATION * planet_mass * JUPITER_MASS
    stretch = layers.log_step * thermal / weight[:, None]
    lower, thickness = [], []
    altitude = torch.zeros_like(radius)
    for layer in range(layers.number):
        lower.append(altitude)
        thickness.append(stretch[:, layer] * (radius + altitude) ** 2)
        altitude = altitude + thickness[-1]
    z, dz = torch.stack(lower, dim=1), torch.stack(thickness, dim=1)
    closest = (radius + dz[:, 0] / 2)[:, None] + z
    squared = (z + dz / 2)[:, None, :] - z[:, :, None]
    squared = squared * ((closest + dz / 2)[:, None, :] + closest[:, :, None])
    return Atmosphere(
        bare=(radius / star) ** 2,
        annuli=2 * (radius[:, None] + z) * dz / (star**2)[:, None],
        half_chords=squared.clamp(min=0).sqrt(),
        density=1 / thermal,
    )
