"""Temperatures of the layers of an atmosphere."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from harness.physics.constants import GRAVITATION, JUPITER_MASS, JUPITER_RADIUS
from harness.physics.cross_sections import Array
from harness.physics.exponential_integral import exponential_integral


def guillot_profile(
    pressure: Tensor,
    irradiation: Tensor,
    log_kappa: Tensor,
    log_gamma: Tensor,
    internal: float,
    gravity: Tensor,
) -> Tensor:
    """Temperature [K] of each layer (B, L) of an irradiated atmosphere in radiative equilibrium.

    With the optical depth tau = kappa p / g and one visible stream. TauREx 3 has two, of shares alpha and
    1 - alpha; this is its profile where both are the same.

    Arguments:
        pressure: [Pa] (L,).
        irradiation: T_irr [K] (B,).
        log_kappa: log10 of the thermal opacity [m2/kg] (B,).
        log_gamma: log10 of the visible over the thermal opacity (B,).
        internal: temperature of the planet's own heat [K].
        gravity: [m/s2] (B,).

    Reference:
        T. Guillot, A&A 520, A27, 2010, equation 49, averaged over the planet.
    """
    tau = (10**log_kappa / gravity)[:, None] * pressure
    gamma = (10**log_gamma)[:, None]
    visible = gamma * tau
    eta = (
        2 / 3
        + 2 / (3 * gamma) * (1 + (visible / 2 - 1) * (-visible).exp())
        + 2 * gamma / 3 * (1 - tau**2 / 2) * exponential_integral(visible)
    )
    fourth = 0.75 * internal**4 * (2 / 3 + tau) + 0.75 * irradiation[:, None] ** 4 * eta
    result: Tensor = fourth.sqrt().sqrt()
    return result


def surface_gravity(planet_radius: Tensor, planet_mass: Tensor) -> Tensor:
    """Gravity [m/s2] (B,) at a planet's radius [R_Jup] (B,) for its mass [M_Jup] (B,)."""
    return GRAVITATION * JUPITER_MASS * planet_mass / (planet_radius * JUPITER_RADIUS) ** 2


def node_weights(pressure: Array, nodes: tuple[float, ...]) -> Array:
    """Weight of each node's temperature in each layer (N, L): linear in log pressure, the ends held beyond.

    Without the smoothing of TauREx 3's NPoint.

    Arguments:
        pressure: of the layers [Pa] (L,).
        nodes: pressures [Pa], descending (N,).
    """
    ascending = -np.log10(nodes)
    unit = np.eye(len(nodes))
    return np.stack([np.interp(-np.log10(pressure), ascending, row) for row in unit])


def isothermal_profile(temperature: Tensor, layers: int) -> Tensor:
    """The same temperature [K] (B,) in each layer (B, L)."""
    return temperature[:, None].expand(-1, layers)


__all__ = ["guillot_profile", "isothermal_profile", "node_weights", "surface_gravity"]
