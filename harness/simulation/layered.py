"""Transit depths of planets that change from layer to layer: temperature, a cloud deck, one more absorber."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from harness.metrics.chunks import runs
from harness.physics import GASES, Layers
from harness.physics.ariel_channels import WAVELENGTH, WIDTH
from harness.physics.atmosphere import Atmosphere
from harness.physics.binning import averages
from harness.physics.extinction import CIA_SCALE, CROSS_SECTION_SCALE, Extinction
from harness.physics.loading import load_binning, load_extinction
from harness.physics.molecules import molecular_mass
from harness.physics.native_grid import native_grid
from harness.physics.opacity_directory import select_cia, select_cross_sections
from harness.physics.opacity_table import OpacityTable
from harness.physics.transmission import HELIUM
from harness.simulation.absorber import Absorber
from harness.simulation.layered_atmosphere import layered_atmosphere

_CHUNK = 8  # planets at once; each takes some 10 MB


class LayeredModel:
    """The settings and conventions of `harness.physics.TransmissionModel`, but for planets it cannot hold.

    There the layers of a planet share one temperature, so that its cross-sections are interpolated once.
    Here each layer has its own. Its cross-section is still a fixed mixture of the table's nodes of
    temperature and pressure, and the sum along a chord collapses onto these:

        tau = (chords x density x weights of the nodes) (L, nodes) @ (mixed cross-sections) (nodes, points).

    With 16 temperatures instead of two that is a few times the work; it is meant for some hundred planets.
    """

    def __init__(
        self, extinction: Extinction, wavenumber: Tensor, channels: tuple[slice, Tensor], layers: Layers
    ) -> None:
        self.layers = layers
        self._points, self._weights = channels
        self.wavenumber = wavenumber[self._points]
        self._rayleigh = extinction.rayleigh
        self._collisions = [(pair, pair.values[:, self._points].contiguous()) for pair in extinction.cia]
        self._tables = [
            (table, table.values[..., self._points].permute(1, 0, 2, 3).flatten(1).contiguous())
            for table in extinction.tables
        ]
        self._masses = wavenumber.new_tensor([molecular_mass(gas) for gas in (*GASES, "H2", "He")])

    @classmethod
    def from_files(
        cls,
        opacity_dir: str | Path,
        collisions: Sequence[str] = (),
        *,
        wavelength: Sequence[float] = WAVELENGTH,
        width: Sequence[float] = WIDTH,
        layers: Layers | None = None,
        device: str | torch.device = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> LayeredModel:
        """The model on opacity files, with Rayleigh scattering.

        Arguments:
            opacity_dir: directory of cross-sections of H2O, CO2, CO, CH4 and NH3.
            collisions: pairs whose collision-induced absorption is included, from .cia files there.
            wavelength, width: of the channels [um].
            layers: 100 from 1e6 to 1e-5 Pa by default.
            dtype: of cross-sections and optical depth; geometry is float64 in any case.

        Raises:
            HarnessError: a file is missing or damaged, or does not cover the channels.
        """
        place, layers = torch.device(device), layers or Layers()
        tables = select_cross_sections(opacity_dir, GASES)
        grid = native_grid(tables)
        channels = load_binning(grid, wavelength, width, place, dtype)
        extinction = load_extinction(
            tables,
            select_cia(opacity_dir, collisions),
            rayleigh=True,
            grid=grid,
            layers=layers,
            device=place,
            dtype=dtype,
        )
        return cls(extinction, torch.as_tensor(grid, device=place), channels, layers)

    def binned(
        self,
        parameters: Tensor,
        star_radius: Tensor,
        planet_mass: Tensor,
        *,
        temperature: Tensor | None = None,
        cloud_top: Tensor | None = None,
        absorber: tuple[Absorber, Tensor] | None = None,
    ) -> Tensor:
        """Transit depth in each channel (B, C).

        Arguments:
            parameters: planet radius [R_Jup], temperature [K], log10 volume mixing ratio of each gas (B, 7).
            star_radius: [R_Sun] (B,).
            planet_mass: [M_Jup] (B,).
            temperature: of each layer from the bottom up [K] (B, L), instead of that among the parameters.
            cloud_top: pressure [Pa] (B,) from which on down nothing passes, at any wavelength.
            absorber: one more gas and its volume mixing ratios (B,); it takes the place of H2 and He.
        """
        pieces = []
        for rows in runs(len(parameters), _CHUNK):
            profile = parameters[rows, 1:2].expand(-1, self.layers.number)
            pieces.append(
                self._chunk(
                    parameters[rows].double(),
                    star_radius[rows].double(),
                    planet_mass[rows].double(),
                    profile.double() if temperature is None else temperature[rows].double(),
                    None if cloud_top is None else cloud_top[rows],
                    None if absorber is None else (absorber[0], absorber[1][rows].double()),
                )
            )
        return torch.cat(pieces)

    def _chunk(
        self,
        parameters: Tensor,
        star_radius: Tensor,
        planet_mass: Tensor,
        temperature: Tensor,
        cloud_top: Tensor | None,
        absorber: tuple[Absorber, Tensor] | None,
    ) -> Tensor:
        gases = 10 ** parameters[:, 2:]
        extra = gases.new_zeros(len(gases)) if absorber is None else absorber[1]
        hydrogen = (1 - gases.sum(dim=1) - extra) / (1 + HELIUM)
        mixing_ratios = torch.cat([gases, hydrogen[:, None], HELIUM * hydrogen[:, None]], dim=1)
        mass = mixing_ratios @ self._masses + (0 if absorber is None else extra * absorber[0].mass)
        atmosphere = layered_atmosphere(
            self.layers, parameters[:, 0], temperature, mass, star_radius, planet_mass
        )
        tau = self._optical_depth(atmosphere, temperature, mixing_ratios, absorber)
        blocked = -torch.expm1(-tau)
        if cloud_top is not None:
            pressure = temperature.new_tensor(self.layers.pressure)
            blocked = blocked.masked_fill((pressure >= cloud_top[:, None])[:, :, None], 1)
        rings = atmosphere.annuli.sum(dim=1, keepdim=True)
        shares = (atmosphere.annuli / rings).to(blocked.dtype)
        share = torch.bmm(shares[:, None, :], blocked).squeeze(1)
        return atmosphere.bare[:, None] + rings * averages(share, self._weights)

    def _optical_depth(
        self,
        atmosphere: Atmosphere,
        temperature: Tensor,
        mixing_ratios: Tensor,
        absorber: tuple[Absorber, Tensor] | None,
    ) -> Tensor:
        """Along each layer's chord (B, L, points), in the model's dtype."""
        dtype = self._weights.dtype
        reach = atmosphere.half_chords
        chords = 2 * torch.diff(reach, dim=2, prepend=torch.zeros_like(reach[..., :1]))
        chords = torch.triu(chords)
        pressure = temperature.new_tensor(self.layers.pressure)
        density = atmosphere.density * pressure
        columns = chords * (density / CROSS_SECTION_SCALE)[:, None, :]
        tau = torch.zeros((), dtype=dtype)
        for table, values in self._tables:
            nodes = _node_weights(table, temperature)
            mixed = mixing_ratios[:, table.gases].to(dtype) @ values
            mixed = mixed.view(len(mixed), nodes.shape[2], -1)
            tau = tau + torch.bmm((columns @ nodes).to(dtype), mixed)
        if self._rayleigh is not None:
            scattering = mixing_ratios[:, self._rayleigh.gases].to(dtype)
            scattering = scattering @ self._rayleigh.values[:, self._points]
            tau = tau + columns.sum(dim=2).to(dtype)[:, :, None] * scattering[:, None, :]
        for pair, values in self._collisions:
            ratios = mixing_ratios.repeat_interleave(self.layers.number, dim=0)
            warmth = pair.weights(temperature.flatten(), ratios).view(*temperature.shape, -1)
            squares = chords * (density**2 / CIA_SCALE)[:, None, :]
            tau = tau + (squares @ warmth).to(dtype) @ values
        if absorber is not None:
            gas, ratio = absorber
            section = gas.cross_section(self.wavenumber) * CROSS_SECTION_SCALE
            column = columns.sum(dim=2) * ratio[:, None]
            tau = tau + column.to(dtype)[:, :, None] * section.to(dtype)
        return tau


def _node_weights(table: OpacityTable, temperature: Tensor) -> Tensor:
    """Weight of each node of a table's temperatures and pressures in each layer (B, L, T N), float64."""
    batch, layers = temperature.shape
    interval, position, case = (one.view(batch, layers) for one in table.locate(temperature.flatten()))
    pressure = table.weights[case, torch.arange(layers, device=case.device)]
    # from the table's highest pressure on, temperature goes on linearly below the first one
    below = position.clamp(max=1)[..., None] if table.deepest else None
    share = position.clamp(0, 1)[..., None].expand_as(pressure)
    if below is not None:
        share = torch.cat([share[..., :-1], below], dim=2)
    weights = temperature.new_zeros(batch, layers, len(table.temperature), pressure.shape[2])
    at = interval[..., None, None].expand(-1, -1, 1, pressure.shape[2])
    weights.scatter_(2, at, ((1 - share) * pressure)[:, :, None])
    weights.scatter_(2, at + 1, (share * pressure)[:, :, None])
    return weights.flatten(2)
