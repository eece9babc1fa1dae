"""What takes light out of the beam: molecules absorbing, scattering (Rayleigh) and colliding (CIA)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from harness.physics.atmosphere import Atmosphere, Layers, chord_weights
from harness.physics.opacity_table import OpacityTable

# Cross-sections are stored times these, column densities divided by them, so that both keep to the range
# of float32.
CROSS_SECTION_SCALE = 1e40  # m-2
CIA_SCALE = 1e60  # m-5
# Chords whose columns go beyond this (after scaling) are opaque whatever the cross-section; they are scaled
# down to it, so that float32 can hold them.
OPAQUE = 1e15


@dataclass(frozen=True, eq=False)
class RayleighTable:
    """Scaled Rayleigh cross-sections (G, W) of the gases at these positions of the mixture (G,)."""

    gases: Tensor
    values: Tensor


@dataclass(frozen=True, eq=False)
class CIATable:
    """Scaled coefficients (T, W) at temperatures [K] (T,) of a pair, known by its places in the mixture."""

    first: int
    second: int
    temperature: Tensor
    values: Tensor

    def weights(self, temperature: Tensor, mixing_ratios: Tensor) -> Tensor:
        """Weight of each temperature of the table (B, T): linear between two, the ends held beyond."""
        upper = torch.searchsorted(self.temperature, temperature.detach().contiguous()).clamp(
            1, len(self.temperature) - 1
        )
        upper = upper[:, None]
        low, high = self.temperature[upper - 1], self.temperature[upper]
        share = ((temperature[:, None] - low) / (high - low)).clamp(0, 1)
        weights = temperature.new_zeros(len(temperature), len(self.temperature))
        weights = weights.scatter(1, upper - 1, 1 - share).scatter(1, upper, share)
        return weights * (mixing_ratios[:, self.first] * mixing_ratios[:, self.second])[:, None]


@dataclass(frozen=True, eq=False)
class Mixture:
    """How to mix the cross-sections of a batch of planets, in the model's dtype.

    Arguments:
        columns: scaled column density on the chord of each layer for each row of cross-sections (B, L, R).
        intervals: for each opacity table the interval of its temperatures, as integers (B, tables).
        shares: for each opacity table the share of each end of the interval and gas (B, 2 G).
        deepest: the same for layers from the table's highest pressure on, where it has such.
        rayleigh: weights of the Rayleigh cross-sections (B, G), or None.
        cia: for each pair the weights of its temperatures (B, T).
    """

    columns: Tensor
    intervals: Tensor
    shares: tuple[Tensor, ...]
    deepest: tuple[Tensor | None, ...]
    rayleigh: Tensor | None
    cia: tuple[Tensor, ...]

    def take(self, rows: Tensor) -> Mixture:
        """The mixtures of some planets, in that order."""
        return Mixture(
            self.columns[rows],
            self.intervals[rows],
            tuple(share[rows] for share in self.shares),
            tuple(None if share is None else share[rows] for share in self.deepest),
            None if self.rayleigh is None else self.rayleigh[rows],
            tuple(weights[rows] for weights in self.cia),
        )


class Extinction:
    """All sources of extinction on one grid of wavenumbers.

    In an isothermal atmosphere of constant composition the cross-section of every layer is a fixed mixture
    of those at the table's pressures. The sum over the layers along a chord then collapses onto these: the
    optical depth is (column densities: layers x rows) @ (mixed cross-sections: rows x wavenumbers), where
    the rows are the pressures of each opacity table, one for Rayleigh scattering, and one for
    collision-induced absorption.
    """

    def __init__(
        self,
        layers: Layers,
        tables: Sequence[OpacityTable],
        rayleigh: RayleighTable | None,
        cia: Sequence[CIATable],
    ) -> None:
        self.tables, self.rayleigh, self.cia = tuple(tables), rayleigh, tuple(cia)
        pressure = layers.pressure[:, None]
        device = tables[0].weights.device

        def weights(profile: np.ndarray) -> Tensor:
            return torch.as_tensor(chord_weights(profile), device=device)

        self._pressures = tuple(weights(table.weights.cpu().numpy() * pressure) for table in tables)
        self._linear = weights(pressure)
        self._square = weights(pressure**2)
        self.rows = sum(table.values.shape[2] for table in tables)
        self.rows += (rayleigh is not None) + bool(cia)

    def holding(self, tables: Sequence[OpacityTable], cia: Sequence[CIATable]) -> Extinction:
        """The same with other values in tables of the same grids, and with these pairs."""
        other = copy.copy(self)
        other.tables, other.cia = tuple(tables), tuple(cia)
        other.rows += bool(cia) - bool(self.cia)
        return other

    @property
    def recorded(self) -> bool:
        """Whether gradients with respect to the cross-sections are wanted."""
        values = [*(table.values for table in self.tables), *(pair.values for pair in self.cia)]
        return any(one.requires_grad for one in values)

    def mixture(
        self, atmosphere: Atmosphere, temperature: Tensor, mixing_ratios: Tensor, dtype: torch.dtype
    ) -> Mixture:
        """Column densities and mixing weights of a batch, computed in float64, then cast to `dtype`.

        Arguments:
            temperature: [K] (B,).
            mixing_ratios: of the model's gases, then H2 and He (B, gases + 2).
        """
        intervals, shares, deepest, profiles, scales = [], [], [], [], []
        density = atmosphere.density[:, None, None]
        for table, weights in zip(self.tables, self._pressures, strict=True):
            interval, position, case = table.locate(temperature)
            intervals.append(interval)
            shares.append(table.mixture(position.clamp(0, 1), mixing_ratios).to(dtype))
            held = table.mixture(position.clamp(max=1), mixing_ratios).to(dtype) if table.deepest else None
            deepest.append(held)
            profiles.append(weights[case])
            scales.append((density / CROSS_SECTION_SCALE).expand(-1, 1, weights.shape[-1]))
        batch = len(temperature)
        if self.rayleigh is not None:
            profiles.append(self._linear.expand(batch, -1, -1))
            scales.append(density / CROSS_SECTION_SCALE)
        if self.cia:
            profiles.append(self._square.expand(batch, -1, -1))
            scales.append(density**2 / CIA_SCALE)
        columns = torch.bmm(atmosphere.half_chords, torch.cat(profiles, dim=2)) * torch.cat(scales, dim=2)
        excess = columns.detach().abs().amax(dim=2, keepdim=True) / OPAQUE
        return Mixture(
            columns=(columns / excess.clamp(min=1)).to(dtype),
            intervals=torch.stack(intervals, dim=1),
            shares=tuple(shares),
            deepest=tuple(deepest),
            rayleigh=None if self.rayleigh is None else mixing_ratios[:, self.rayleigh.gases].to(dtype),
            cia=tuple(pair.weights(temperature, mixing_ratios).to(dtype) for pair in self.cia),
        )

    def cross_sections(
        self,
        mixture: Mixture,
        planets: slice,
        intervals: Sequence[int],
        points: slice,
        out: Tensor | None = None,
    ) -> Tensor:
        """Mixed, scaled cross-sections of planets that share their intervals of temperature (R, B, points).

        Arguments:
            planets: which of the mixture.
            intervals: of each table, the interval that holds all these planets' temperatures.
            out: where to write; without it the result is new, and can be differentiated.
        """
        rows: list[Tensor] = []
        first = 0

        def target(count: int) -> Tensor | None:
            return None if out is None else out[first : first + count]

        for table, index, shares, deepest in zip(
            self.tables, intervals, mixture.shares, mixture.deepest, strict=True
        ):
            share = shares[planets]
            ends = table.interval(index, points, share.dtype)
            count = len(ends) - table.deepest
            rows.append(torch.bmm(share.expand(count, -1, -1), ends[:count], out=target(count)))
            first += count
            if deepest is not None:
                rows.append(torch.bmm(deepest[planets][None], ends[count:], out=target(1)))
                first += 1
        if self.rayleigh is not None and mixture.rayleigh is not None:
            weights = mixture.rayleigh[planets]
            values = self.rayleigh.values[:, points].to(weights.dtype)
            rows.append(torch.bmm(weights[None], values[None], out=target(1)))
            first += 1
        if self.cia:
            weights = torch.cat([one[planets] for one in mixture.cia], dim=1)
            values = torch.cat([pair.values[:, points] for pair in self.cia]).to(weights.dtype)
            rows.append(torch.bmm(weights[None], values[None], out=target(1)))
        return torch.cat(rows) if out is None else out
