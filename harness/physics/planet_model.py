"""Transmission spectra of real planets: any gases, temperature profiles, clouds, a spotted star."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from harness.errors import HarnessError
from harness.physics.atmosphere import Layers
from harness.physics.binning import Edges, averages
from harness.physics.layered_extinction import LayeredExtinction
from harness.physics.planet_inputs import checked_inputs
from harness.physics.planet_limb import PlanetLimb
from harness.physics.planet_settings import PlanetSettings
from harness.physics.recomputation import Rows, in_chunks
from harness.physics.stellar_contamination import channel_nodes, contamination
from harness.physics.temperature_profiles import TemperatureProfile

# elements of the optical depth that are recorded at once for gradients
CPU_GRADIENT_ELEMENTS, GPU_GRADIENT_ELEMENTS = 2**23, 2**28


class PlanetModel:
    """Transit depths of planets as their observers meet them; `from_files` makes one.

    The conventions are those of `harness.physics.TransmissionModel`, TauREx 3's (Al-Refaie et al., ApJ 917,
    37, 2021); what is added is said in `PlanetSettings` and docs/physics.md.

    Arguments:
        settings: what the planet has.
        extinction: the gases' cross-sections at `wavenumber`.
        wavenumber: points [cm-1], ascending, float64 (W,).
        weights: share of each point in each channel (W, C).
        channels: centres and full widths [um], float64 (C,) each.
        star_temperature: of the quiet photosphere [K]; needed for spots.
    """

    def __init__(
        self,
        settings: PlanetSettings,
        extinction: LayeredExtinction,
        wavenumber: Tensor,
        weights: Tensor,
        channels: tuple[Tensor, Tensor],
        star_temperature: float | None = None,
    ) -> None:
        if settings.star != "none" and not (star_temperature is not None and star_temperature > 0):
            raise HarnessError(
                "Spots and faculae need the temperature of the star's quiet photosphere; give it in K."
            )
        self.settings = settings
        self.wavenumber = wavenumber
        self.layers = extinction.layers
        self.channels = channels
        self.star_temperature = star_temperature
        self._extinction, self._weights = extinction, weights
        self._temperature = TemperatureProfile(settings, self.layers, wavenumber.device)
        self._limb = PlanetLimb(settings, extinction, wavenumber, self._temperature, weights.dtype)
        centre, width = (one.cpu().numpy() for one in channels)
        self._channel_nodes = tuple(wavenumber.new_tensor(one) for one in channel_nodes(centre, width))
        self._columns = {name: at for at, name in enumerate(settings.parameter_names)}

    @classmethod
    def from_files(
        cls,
        opacity_dir: str | Path,
        settings: PlanetSettings,
        wavelength: Sequence[float] | Tensor,
        width: Sequence[float] | Tensor,
        *,
        star_temperature: float | None = None,
        cia_dir: str | Path | None = None,
        resolution: float | None = None,
        edges: Edges = "exact",
        layers: Layers | int | None = None,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> PlanetModel:
        """The model on opacity files as TauREx reads them, or on the built-in band model.

        Arguments:
            opacity_dir: directory of cross-sections as TauREx / ExoMolOP HDF5 or Exo-Transmit text, or
                "built-in".
            settings: what the planet has.
            wavelength: channel centres [um] (C,), in any order; channels may overlap.
            width: full channel widths [um] (C,).
            star_temperature: of the quiet photosphere [K]; needed for spots.
            cia_dir: directory of HITRAN .cia files of H2-H2 and H2-He; by default `opacity_dir`, where it has
                them, or those of the built-in model.
            resolution: thin the opacities' own grid to about this resolution; None keeps every point.
            edges: of channels; see `harness.physics.binning.channel_edges`.
            layers: 100 from 1e6 to 1e-5 Pa by default; a number changes how many.
            dtype: of cross-sections and optical depth, float32 or float64; geometry is float64 in any case.
            device: where to compute.

        Raises:
            HarnessError: a directory, file or molecule is missing, a file is damaged, or the opacities do not
                cover the channels.
        """
        from harness.physics.planet_files import load_planet

        if dtype not in (torch.float32, torch.float64):
            raise HarnessError(f"The dtype of a forward model is float32 or float64, not {dtype}.")
        extinction, wavenumber, weights, channels = load_planet(
            opacity_dir,
            settings,
            wavelength,
            width,
            cia_dir=cia_dir,
            resolution=resolution,
            edges=edges,
            layers=Layers(layers) if isinstance(layers, int) else layers or Layers(),
            dtype=dtype,
            device=torch.device(device),
        )
        return cls(settings, extinction, wavenumber, weights, channels, star_temperature)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The columns of `parameters`; `settings.parameters` says what each is."""
        return self.settings.parameter_names

    @property
    def wavelength(self) -> Tensor:
        """The points at which the model is evaluated as wavelengths [um], descending, float64 (W,)."""
        return 1e4 / self.wavenumber

    @property
    def temperature_range(self) -> tuple[float, float]:
        """Lowest and highest temperature [K] of which there are cross-sections of every gas."""
        grids = [table.temperature for table in self._extinction.tables]
        return max(float(grid[0]) for grid in grids), min(float(grid[-1]) for grid in grids)

    @property
    def dtype(self) -> torch.dtype:
        """Of cross-sections, optical depth and results."""
        return self._weights.dtype

    @property
    def device(self) -> torch.device:
        """Where the model computes and its results lie."""
        return self.wavenumber.device

    @property
    def weights(self) -> Tensor:
        """Share of each point in each channel (W, C)."""
        return self._weights

    def on(self, points: Tensor, weights: Tensor) -> PlanetModel:
        """The same model on some of its points alone.

        Arguments:
            points: which, ascending (N,).
            weights: how much each counts in each channel (N, C).
        """
        other = copy.copy(self)
        other.wavenumber = self.wavenumber[points]
        other._extinction = self._extinction.at(points)
        other._weights = weights.to(self._weights)
        other._limb = PlanetLimb(
            self.settings, other._extinction, other.wavenumber, self._temperature, self.dtype
        )
        return other

    def temperature(self, parameters: Tensor, planet_mass: Tensor | float = 1.0) -> Tensor:
        """Temperature [K] of each layer from the bottom up (B, L), at `layers.pressure`.

        Arguments:
            parameters: as for `binned`.
            planet_mass: [M_Jup] (B,) or one for all; only Guillot's profile depends on it.
        """
        parameters, _, mass = self._inputs(parameters, 1.0, planet_mass)
        return self._temperature(parameters, mass)

    def native(self, parameters: Tensor, star_radius: Tensor | float, planet_mass: Tensor | float) -> Tensor:
        """Transit depth at each of the model's points (B, W), with the star's contamination there.

        Arguments, unbound planets and errors are those of `binned`.
        """
        wavelength = self.wavelength[:, None]
        return self._depths(
            parameters,
            star_radius,
            planet_mass,
            lambda share: share,
            (wavelength, torch.ones_like(wavelength)),
        )

    def atmosphere(
        self, parameters: Tensor, star_radius: Tensor | float, planet_mass: Tensor | float
    ) -> Tensor:
        """What the atmosphere adds to the depth of the disc at its bottom, at each point (B, W).

        Without the star's contamination. Arguments, unbound planets and errors are those of `binned`.
        """

        def chunk(values: Tensor, star: Tensor, mass: Tensor) -> Tensor:
            return self._limb.depths(values, star, mass, lambda share: share, disc=False)

        return self._in_chunks(chunk, self._inputs(parameters, star_radius, planet_mass))

    def binned(self, parameters: Tensor, star_radius: Tensor | float, planet_mass: Tensor | float) -> Tensor:
        """Transit depth in each channel (B, C), channels in the order given to `from_files`.

        A planet whose atmosphere is not bound or whose mixing ratios sum to more than 1 has depths that are
        not finite. Differentiable in everything that is given, once.

        Arguments:
            parameters: the columns of `parameter_names` (B, P).
            star_radius: [R_Sun] (B,) or one for all.
            planet_mass: [M_Jup] (B,) or one for all.

        Raises:
            HarnessError: an argument has the wrong shape.
        """
        weights = self._weights
        nodes, shares = self._channel_nodes
        return self._depths(
            parameters, star_radius, planet_mass, lambda share: averages(share, weights), (nodes, shares)
        )

    def reduced(
        self,
        tolerance: float = 1e-3,
        *,
        bounds: dict[str, tuple[float, float]] | None = None,
        star_radius: float = 1.0,
        planet_mass: float = 1.0,
        most: int = 24,
    ) -> PlanetModel:
        """The same model on a few well chosen points, for the many likelihoods of a retrieval.

        Its `native` is these points' alone. Choosing them takes some seconds; see
        `harness.physics.planet_quadrature`.

        Arguments:
            tolerance: root mean square error of the atmosphere's part of a channel's depth, relative to it,
                at which a channel needs no more points.
            bounds: of the parameters of the atmospheres that it is fitted to, where they are narrower than
                those of `settings.parameters`.
            star_radius: [R_Sun].
            planet_mass: [M_Jup].
            most: points of a channel.
        """
        from harness.physics.planet_quadrature import reduced_planet_model

        return reduced_planet_model(
            self, tolerance, bounds=bounds, star_radius=star_radius, planet_mass=planet_mass, most=most
        )

    def _depths(
        self,
        parameters: Tensor,
        star_radius: Tensor | float,
        planet_mass: Tensor | float,
        reduce: Callable[[Tensor], Tensor],
        star_nodes: tuple[Tensor, Tensor],
    ) -> Tensor:
        inputs = self._inputs(parameters, star_radius, planet_mass)

        def chunk(values: Tensor, star: Tensor, mass: Tensor) -> Tensor:
            depth = self._limb.depths(values, star, mass, reduce)
            if self.settings.star != "none":
                assert self.star_temperature is not None
                fractions = self._of(values, "spot_fraction", "faculae_fraction")
                warmth = self._of(values, "spot_temperature", "faculae_temperature")
                depth = depth * contamination(star_nodes, self.star_temperature, fractions, warmth)
            return depth.to(self.dtype)

        return self._in_chunks(chunk, inputs)

    def _in_chunks(self, chunk: Rows, inputs: tuple[Tensor, ...]) -> Tensor:
        cpu = self.device.type == "cpu"
        elements = CPU_GRADIENT_ELEMENTS if cpu else GPU_GRADIENT_ELEMENTS
        recorded = max(1, elements // (self.layers.number * len(self.wavenumber)))
        return in_chunks(chunk, inputs, 256 if cpu else 8192, recorded)

    def _of(self, parameters: Tensor, *names: str) -> Tensor:
        return parameters[:, [self._columns[name] for name in names]]

    def _inputs(
        self, parameters: Tensor, star_radius: Tensor | float, planet_mass: Tensor | float
    ) -> tuple[Tensor, Tensor, Tensor]:
        return checked_inputs(self.parameter_names, parameters, star_radius, planet_mass, self.device)


__all__ = ["PlanetModel", "PlanetSettings"]
