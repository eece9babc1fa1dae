"""The structure of atmospheres whose layers differ in temperature."""

from __future__ import annotations

from torch import Tensor

from harness.physics import Layers
from harness.physics.atmosphere import Atmosphere, stacked_layers
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
    thermal = BOLTZMANN * temperature
    weight = molecular_mass * GRAVITATION * planet_mass * JUPITER_MASS
    stretch = layers.log_step * thermal / weight[:, None]
    return stacked_layers(
        layers.number,
        planet_radius * JUPITER_RADIUS,
        star_radius * SUN_RADIUS,
        lambda layer, distance: stretch[:, layer] * distance**2,
        1 / thermal,
    )
