"""Temperatures of the layers of an atmosphere."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from harness.physics.atmosphere import Layers
from harness.physics.constants import GRAVITATION, JUPITER_MASS, JUPITER_RADIUS
from harness.physics.cross_sections import Array
from harness.physics.exponential_integral import exponential_integral
from harness.physics.planet_settings import PlanetSettings


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


class TemperatureProfile:
    """The temperatures of the layers that a model's parameters speak of.

    Arguments:
        settings: of the model.
        layers: of its atmosphere.
        device: where to compute.
    """

    def __init__(self, settings: PlanetSettings, layers: Layers, device: torch.device) -> None:
        self._settings, self._number = settings, layers.number
        self._pressure = torch.as_tensor(layers.pressure, device=device)
        self._nodes = torch.as_tensor(node_weights(layers.pressure, settings.node_pressures), device=device)

    def __call__(self, parameters: Tensor, planet_mass: Tensor) -> Tensor:
        """Temperature [K] of each layer from the bottom up (B, L).

        Arguments:
            parameters: of the model (B, P).
            planet_mass: [M_Jup] (B,).
        """
        kind = self._settings.temperature
        if kind == "isothermal":
            return parameters[:, 1:2].expand(-1, self._number)
        if kind == "nodes":
            return parameters[:, 1 : 1 + len(self._nodes)] @ self._nodes
        return guillot_profile(
            self._pressure,
            parameters[:, 1],
            parameters[:, 2],
            parameters[:, 3],
            self._settings.internal_temperature,
            surface_gravity(parameters[:, 0], planet_mass),
        )
