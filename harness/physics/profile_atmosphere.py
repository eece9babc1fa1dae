"""The structure of atmospheres whose layers differ in temperature, from a radius at any pressure."""

from __future__ import annotations

import math

from torch import Tensor

from harness.physics.atmosphere import Atmosphere, Layers, stacked_layers
from harness.physics.constants import BOLTZMANN, GRAVITATION, JUPITER_MASS, JUPITER_RADIUS, SUN_RADIUS


def profile_atmosphere(
    layers: Layers,
    planet_radius: Tensor,
    temperature: Tensor,
    molecular_mass: Tensor,
    star_radius: Tensor,
    planet_mass: Tensor,
    reference_pressure: float | None = None,
) -> Atmosphere:
    """Altitudes and chords as `harness.physics.atmosphere.isothermal_atmosphere` has them (TauREx 3).

    Arguments:
        planet_radius: radius at the reference pressure [R_Jup] (B,).
        temperature: of each layer from the bottom up [K] (B, L).
        molecular_mass: mean [kg] (B,).
        star_radius: [R_Sun] (B,).
        planet_mass: [M_Jup] (B,).
        reference_pressure: [Pa]; None for the bottom of the lowest layer.

    Returns:
        an atmosphere whose `density` is that of each layer (B, L).
    """
    thermal = BOLTZMANN * temperature
    weight = molecular_mass * GRAVITATION * planet_mass * JUPITER_MASS
    stretch = layers.log_step * thermal / weight[:, None]
    radius = planet_radius * JUPITER_RADIUS
    if reference_pressure is not None:
        radius = _bottom_radius(layers, radius, stretch, reference_pressure)
    return stacked_layers(
        layers.number,
        radius,
        star_radius * SUN_RADIUS,
        lambda layer, distance: stretch[:, layer] * distance**2,
        1 / thermal,
    )


def _bottom_radius(layers: Layers, radius: Tensor, stretch: Tensor, reference_pressure: float) -> Tensor:
    """Radius [m] of the lowest boundary, where `radius` is that at the reference pressure.

    A layer whose lower boundary is at r reaches to r + s r^2; going down, r follows from that quadratic.
    """
    steps = math.log(layers.bottom / reference_pressure) / layers.log_step
    whole = min(max(math.floor(steps), 0), layers.number - 1)
    share = steps - whole
    lower = _below(radius, share * stretch[:, whole])
    for layer in range(whole - 1, -1, -1):
        lower = _below(lower, stretch[:, layer])
    return lower


def _below(upper: Tensor, stretch: Tensor) -> Tensor:
    return 2 * upper / (1 + (1 + 4 * stretch * upper).sqrt())
