"""TauREx 3's transmission model of an isothermal planet, batched and differentiable."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from harness.errors import HarnessError
from harness.physics.absorption import blocked_share
from harness.physics.ariel_channels import WAVELENGTH, WIDTH
from harness.physics.atmosphere import Atmosphere, Layers, isothermal_atmosphere
from harness.physics.binning import Edges, averages
from harness.physics.extinction import Extinction
from harness.physics.fitted_directory import fitted_pairs
from harness.physics.loading import load_binning, load_extinction
from harness.physics.molecules import molecular_mass
from harness.physics.native_grid import native_grid
from harness.physics.opacity_directory import select_cia, select_cross_sections
from harness.physics.planet_inputs import checked_inputs, mixing_ratios
from harness.physics.recomputation import in_chunks

GASES = ("H2O", "CO2", "CO", "CH4", "NH3")
HELIUM = 0.17  # He / H2, by number

# Planets worked on at once, and elements of the optical depth for which gradients are recorded at once.
CPU_CHUNK, GPU_CHUNK = 256, 8192
CPU_GRADIENT_ELEMENTS, GPU_GRADIENT_ELEMENTS = 2**23, 2**28


class TransmissionModel:
    """Transit depths of isothermal planets with an atmosphere of H2, He and gases of constant abundance.

    The settings are those of the Ariel Data Challenge 2023, the conventions those of TauREx 3 (Al-Refaie et
    al., ApJ 917, 37, 2021): 100 layers even in log pressure from 1e6 to 1e-5 Pa, molecular absorption,
    Rayleigh scattering, and collision-induced absorption of the pairs that are named. `from_files` makes one.

    Arguments:
        gases: names of the absorbing gases.
        extinction: their cross-sections on the grid, of dtype and on the device of the model.
        wavenumber: native grid [cm-1], ascending, float64 (W,).
        channels: run of native points that reach into channels, and their weights (points, C).
        layers: pressures of the atmosphere.
    """

    def __init__(
        self,
        gases: Sequence[str],
        extinction: Extinction,
        wavenumber: Tensor,
        channels: tuple[slice, Tensor],
        layers: Layers,
    ) -> None:
        self.gases = tuple(gases)
        self.wavenumber = wavenumber
        self.layers = layers
        self._extinction = extinction
        self._channels = channels
        self._masses = wavenumber.new_tensor([molecular_mass(gas) for gas in (*gases, "H2", "He")])

    @classmethod
    def from_files(
        cls,
        opacity_dir: str | Path,
        cia_dir: str | Path | None = None,
        cia_pairs: Sequence[str] | None = None,
        *,
        gases: Sequence[str] = GASES,
        rayleigh: bool = True,
        resolution: float | None = None,
        wavelength: Sequence[float] | Tensor | None = None,
        width: Sequence[float] | Tensor | None = None,
        edges: Edges = "first-order",
        layers: Layers | None = None,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> TransmissionModel:
        """The model on opacity files as TauREx reads them.

        Arguments:
            opacity_dir: directory of cross-sections: TauREx / ExoMolOP HDF5 or Exo-Transmit text.
            cia_dir: directory of HITRAN .cia files.
            cia_pairs: pairs to include, such as H2-H2 and H2-He; the challenge includes none. None for those
                that belong to a directory that `harness opacities fit` wrote, and for none with others.
            gases: absorbing gases, in the order of their parameters.
            rayleigh: include Rayleigh scattering.
            resolution: thin the native grid to about this resolution; None keeps what the files carry.
            wavelength: channel centres [um]; those of the Ariel 2023 challenge by default.
            width: channel widths [um].
            edges: of channels, "first-order" in their width as the challenge has them, or "exact", for those
                of a measured spectrum (see `harness.physics.binning.channel_edges`).
            layers: 100 from 1e6 to 1e-5 Pa by default.
            device: where to compute.
            dtype: of cross-sections and optical depth, float32 or float64; geometry is float64 in any case.

        Raises:
            HarnessError: a directory, file or molecule is missing, a file is damaged, or the native grid
                does not cover the channels.
        """
        if dtype not in (torch.float32, torch.float64):
            raise HarnessError(f"The dtype of a forward model is float32 or float64, not {dtype}.")
        if (wavelength is None) != (width is None):
            raise HarnessError("Channels need both wavelength and width [um]; only one of them is given.")
        names = _distinct_gases(gases)
        if cia_pairs is None:
            cia_dir, cia_pairs = opacity_dir, fitted_pairs(opacity_dir)
        tables = select_cross_sections(opacity_dir, names)
        grid = native_grid(tables, resolution)
        layers = layers or Layers()
        channels = load_binning(
            grid,
            WAVELENGTH if wavelength is None else wavelength,
            WIDTH if width is None else width,
            torch.device(device),
            dtype,
            edges,
        )
        extinction = load_extinction(
            tables,
            select_cia(cia_dir, cia_pairs),
            rayleigh=rayleigh,
            grid=grid,
            layers=layers,
            device=torch.device(device),
            dtype=dtype,
        )
        return cls(names, extinction, torch.as_tensor(grid, device=device), channels, layers)

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """The columns of `parameters`: planet_radius [R_Jup], planet_temp [K], log10 of mixing ratios."""
        return ("planet_radius", "planet_temp", *(f"log_{gas}" for gas in self.gases))

    @property
    def wavelength(self) -> Tensor:
        """The native grid as wavelengths [um], descending, float64 (W,)."""
        return 1e4 / self.wavenumber

    @property
    def temperature_range(self) -> tuple[float, float]:
        """Lowest and highest temperature [K] of which there are cross-sections of every gas.

        Any temperature is computed; docs/physics.md says how, outside this range.
        """
        grids = [table.temperature for table in self._extinction.tables]
        return max(float(grid[0]) for grid in grids), min(float(grid[-1]) for grid in grids)

    @property
    def dtype(self) -> torch.dtype:
        """Of cross-sections, optical depth and results."""
        return self._channels[1].dtype

    @property
    def device(self) -> torch.device:
        """Where the model computes and its results lie."""
        return self.wavenumber.device

    def native(self, parameters: Tensor, star_radius: Tensor | float, planet_mass: Tensor | float) -> Tensor:
        """Transit depth at every native wavenumber (B, W).

        A planet whose atmosphere is not bound (altitudes overflow) or whose mixing ratios sum to more than
        1 has depths that are not finite.

        Arguments:
            parameters: planet radius [R_Jup], temperature [K], log10 volume mixing ratio of each gas
                (B, 2 + gases).
            star_radius: [R_Sun] (B,) or one for all.
            planet_mass: [M_Jup] (B,) or one for all.

        Raises:
            HarnessError: an argument has the wrong shape.
        """
        points = slice(0, len(self.wavenumber))
        return self._depths(parameters, star_radius, planet_mass, points, lambda share: share)

    def binned(self, parameters: Tensor, star_radius: Tensor | float, planet_mass: Tensor | float) -> Tensor:
        """Transit depth in each channel (B, C), channels in the order given to `from_files`.

        Only the native points that reach into a channel are evaluated. Arguments, unbound planets and
        errors are those of `native`.
        """
        points, weights = self._channels
        return self._depths(
            parameters, star_radius, planet_mass, points, lambda share: averages(share, weights)
        )

    @property
    def extinction(self) -> Extinction:
        """The cross-sections on the grid."""
        return self._extinction

    def holding(self, extinction: Extinction) -> TransmissionModel:
        """The same model with other cross-sections, which gradients can be taken of: see `recorded`."""
        other = copy.copy(self)
        other._extinction = extinction
        return other

    def recorded(self, parameters: Tensor, star_radius: Tensor, planet_mass: Tensor) -> Tensor:
        """`binned` of a few planets, recorded whole for gradients with respect to the cross-sections."""
        inputs = self._inputs(parameters, star_radius, planet_mass)
        points, weights = self._channels
        return self._chunk(*inputs, points, lambda share: averages(share, weights))

    def _depths(
        self,
        parameters: Tensor,
        star_radius: Tensor | float,
        planet_mass: Tensor | float,
        points: slice,
        reduce: Callable[[Tensor], Tensor],
    ) -> Tensor:
        inputs = self._inputs(parameters, star_radius, planet_mass)

        def chunk(values: Tensor, star: Tensor, mass: Tensor) -> Tensor:
            return self._chunk(values, star, mass, points, reduce)

        cpu = self.device.type == "cpu"
        elements = CPU_GRADIENT_ELEMENTS if cpu else GPU_GRADIENT_ELEMENTS
        recorded = max(1, elements // (self.layers.number * (points.stop - points.start)))
        return in_chunks(chunk, inputs, CPU_CHUNK if cpu else GPU_CHUNK, recorded)

    def _chunk(
        self,
        parameters: Tensor,
        star_radius: Tensor,
        planet_mass: Tensor,
        points: slice,
        reduce: Callable[[Tensor], Tensor],
    ) -> Tensor:
        radius, temperature = parameters[:, 0], parameters[:, 1]
        ratios = mixing_ratios(parameters[:, 2:], HELIUM)
        atmosphere = isothermal_atmosphere(
            self.layers, radius, temperature, ratios @ self._masses, star_radius, planet_mass
        )
        depth, doubtful = self._depth(atmosphere, temperature, ratios, points, reduce, self.dtype)
        if self.dtype == torch.float64 or depth.requires_grad:
            return depth.to(self.dtype)
        largest = torch.finfo(self.dtype).max
        result = depth.clamp_(-largest, largest).to(self.dtype)
        again = doubtful.nonzero().squeeze(1)
        if len(again):
            rows = (atmosphere.take(again), temperature[again], ratios[again])
            exact, _ = self._depth(*rows, points, reduce, torch.float64)
            held = exact.clamp(-largest, largest)
            result[again] = torch.where(exact.isfinite(), held, exact).to(self.dtype)
        return result

    def _depth(
        self,
        atmosphere: Atmosphere,
        temperature: Tensor,
        ratios: Tensor,
        points: slice,
        reduce: Callable[[Tensor], Tensor],
        dtype: torch.dtype,
    ) -> tuple[Tensor, Tensor]:
        """Reduced depths from optical depths in `dtype`, and which planets' are doubtful.

        A table that is left on its corner of high temperature and low pressure goes on linearly, and may
        reach negative cross-sections; exponentials of negative optical depths soon leave float32.
        """
        mixture = self._extinction.mixture(atmosphere, temperature, ratios, dtype)
        share = blocked_share(self._extinction, mixture, atmosphere.annuli, points)
        rings = atmosphere.annuli.sum(dim=1)
        depth = atmosphere.bare[:, None] + rings[:, None] * reduce(share)
        return depth, rings.isfinite() & ~(share.detach().amin(dim=1) >= 0)

    def _inputs(
        self, parameters: Tensor, star_radius: Tensor | float, planet_mass: Tensor | float
    ) -> tuple[Tensor, Tensor, Tensor]:
        return checked_inputs(self.parameter_names, parameters, star_radius, planet_mass, self.device)


def _distinct_gases(gases: Sequence[str]) -> tuple[str, ...]:
    names = tuple(gases)
    if isinstance(gases, str) or not names:
        raise HarnessError(f"The gases are given as {gases!r}; expected a list of at least one molecule.")
    for gas in names:
        if names.count(gas) > 1 or gas in ("H2", "He"):
            raise HarnessError(
                f"The gas {gas} is named twice or fills the atmosphere already; name each absorbing gas once."
            )
    return names
