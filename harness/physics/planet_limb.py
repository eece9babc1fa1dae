"""What the limb of a planet blocks: layers, the gases' extinction, clouds, and the rings between layers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from harness.physics.cloudy_limb import Clouds, blocked_share
from harness.physics.layered_extinction import LayeredExtinction
from harness.physics.molecules import molecular_mass
from harness.physics.planet_inputs import mixing_ratios
from harness.physics.planet_settings import PlanetSettings
from harness.physics.profile_atmosphere import profile_atmosphere
from harness.physics.temperature_profiles import TemperatureProfile
from harness.physics.transmission import HELIUM

# Planets and elements of the optical depth at once; on a CPU few enough to stay in its cache.
CPU_PLANETS, GPU_PLANETS, GPU_ELEMENTS = 8, 4096, 2**28


class PlanetLimb:
    """Transit depths of planets at points of wavelength, without the star's contamination.

    Arguments:
        settings: what the planet has.
        extinction: the gases' cross-sections at `wavenumber`.
        wavenumber: points [cm-1], ascending, float64 (W,).
        temperature: the profile.
        dtype: of optical depths, float32 or float64.
    """

    def __init__(
        self,
        settings: PlanetSettings,
        extinction: LayeredExtinction,
        wavenumber: Tensor,
        temperature: TemperatureProfile,
        dtype: torch.dtype,
    ) -> None:
        self._settings, self._extinction, self._dtype = settings, extinction, dtype
        self._temperature = temperature
        self._wavelength = 1e4 / wavenumber
        self._masses = wavenumber.new_tensor([molecular_mass(gas) for gas in (*settings.gases, "H2", "He")])

    def depths(
        self,
        parameters: Tensor,
        star_radius: Tensor,
        planet_mass: Tensor,
        reduce: Callable[[Tensor], Tensor],
        *,
        disc: bool = True,
    ) -> Tensor:
        """Depths (B, C), of B planets a few at a time.

        Arguments:
            parameters: the columns of `settings.parameter_names` (B, P).
            star_radius: [R_Sun] (B,).
            planet_mass: [M_Jup] (B,).
            reduce: makes of blocked shares at the points (B, W) those that are wanted (B, C).
            disc: with the depth of the disc at the bottom of the atmosphere.
        """
        settings, extinction = self._settings, self._extinction
        temperature = self._temperature(parameters, planet_mass)
        first = 1 + len(settings.temperature_parameters)
        ratios = mixing_ratios(parameters[:, first : first + len(settings.gases)], HELIUM)
        atmosphere = profile_atmosphere(
            extinction.layers,
            parameters[:, 0],
            temperature,
            ratios @ self._masses,
            star_radius,
            planet_mass,
            settings.reference_pressure,
        )
        # alike temperatures need few nodes of the tables
        order = temperature.detach().mean(dim=1).argsort()
        pieces = []
        for rows in torch.split(order, self._at_once()):
            some = atmosphere.take(rows)
            columns = extinction.columns(some, temperature[rows], ratios[rows], self._dtype)
            rings = some.annuli.sum(dim=1, keepdim=True)
            clouds = Clouds.of(settings, parameters[rows])
            share = blocked_share(extinction, columns, some.annuli / rings, clouds, self._wavelength)
            added = rings * reduce(share)
            pieces.append(some.bare[:, None] + added if disc else added)
        return torch.cat(pieces)[order.argsort()]

    def _at_once(self) -> int:
        if self._wavelength.device.type == "cpu":
            return CPU_PLANETS
        fitting = GPU_ELEMENTS // (self._extinction.layers.number * len(self._wavelength))
        return min(GPU_PLANETS, max(1, fitting))
