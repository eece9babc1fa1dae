"""The radius of an isothermal planet at another pressure than the one that it is told at."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from harness.physics.constants import BOLTZMANN, GRAVITATION, JUPITER_MASS, JUPITER_RADIUS
from harness.physics.molecules import molecular_mass
from harness.physics.transmission import GASES, HELIUM


def radius_at(
    parameters: Tensor, planet_mass: Tensor, log_ratio: Tensor | float, gases: Sequence[str] = GASES
) -> Tensor:
    r"""The radius (B,) [R_Jup] at another pressure; not a positive number where nothing is bound so far up.

    In hydrostatic equilibrium at one temperature, with gravity falling with distance,

    .. math:: 1 / r(p) = 1 / r(p_0) + \frac{k T}{\mu G M} \ln (p / p_0)

    Arguments:
        parameters: radius [R_Jup], temperature [K], log10 mixing ratios of the gases (B, 2 + gases).
        planet_mass: [M_Jup] (B,).
        log_ratio: natural logarithm of that pressure over the one of the radius.
        gases: beside hydrogen and helium.
    """
    ratios = 10 ** parameters[:, 2:]
    masses = ratios.new_tensor([molecular_mass(gas) for gas in gases])
    light = (molecular_mass("H2") + HELIUM * molecular_mass("He")) / (1 + HELIUM)
    mean = ratios @ masses + (1 - ratios.sum(dim=1)) * light
    weight = mean * GRAVITATION * planet_mass * JUPITER_MASS
    rise = BOLTZMANN * parameters[:, 1] / weight * log_ratio * JUPITER_RADIUS
    there: Tensor = 1 / (1 / parameters[:, 0] + rise)
    return there


def bound(parameters: Tensor, planet_mass: Tensor, log_ratio: float, gases: Sequence[str] = GASES) -> Tensor:
    """Whether atmospheres reach no farther than three planetary radii from the bottom to the top (B,).

    Those that do overflow layer by layer, and so do their gradients.

    Arguments:
        parameters: as `radius_at`, with the radius at the bottom.
        planet_mass: [M_Jup] (B,).
        log_ratio: natural logarithm of the pressure at the top over that at the bottom.
        gases: beside hydrogen and helium.
    """
    radius, top = parameters[:, 0], radius_at(parameters, planet_mass, log_ratio, gases)
    light = (10 ** parameters[:, 2:]).sum(dim=1) < 1
    return torch.isfinite(radius) & (radius > 0) & (top > 0) & (top < 3 * radius) & light
