"""What takes light out of the beam where every layer has a temperature of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from harness.physics.atmosphere import Atmosphere, Layers
from harness.physics.extinction import CIA_SCALE, CROSS_SECTION_SCALE, OPAQUE, CIATable, RayleighTable
from harness.physics.node_table import NodeTable

# of the exponential of a negative optical depth, as a power of 2
BASE2 = -math.log2(math.e)


@dataclass(frozen=True, eq=False)
class Columns:
    """Scaled column densities along the chord of each layer, in the model's dtype, times -log2(e).

    Arguments:
        nodes: of the nodes of each table of cross-sections, then of Rayleigh scattering (B, L, N).
        collisions: of the temperatures of each pair (B, L, C), or None.
        all: of everything, float64, not scaled [m-2] (B, L).
        spans: of each table the nodes of temperature.
        mixing_ratios: of all gases (B, gases + 2).
    """

    nodes: Tensor
    collisions: Tensor | None
    all: Tensor
    spans: tuple[slice, ...]
    mixing_ratios: Tensor


@dataclass(frozen=True, eq=False)
class LayeredExtinction:
    """All sources of extinction on one run of wavenumbers, but clouds.

    The cross-section of a layer is a mixture of those at the table's nodes of temperature and pressure, and
    the sum along a chord collapses onto these: the optical depth of a planet is (columns: layers x nodes) @
    (mixed cross-sections: nodes x wavenumbers). Of the temperatures only those that the planets at hand
    need enter.
    """

    layers: Layers
    tables: Sequence[NodeTable]
    rayleigh: RayleighTable | None
    cia: Sequence[CIATable]

    def at(self, points: Tensor) -> LayeredExtinction:
        """The same at some of the wavenumbers (N,)."""
        return LayeredExtinction(
            self.layers,
            [table.at(points) for table in self.tables],
            None
            if self.rayleigh is None
            else replace(self.rayleigh, values=self.rayleigh.values[:, points].contiguous()),
            [replace(pair, values=pair.values[:, points].contiguous()) for pair in self.cia],
        )

    def columns(
        self, atmosphere: Atmosphere, temperature: Tensor, mixing_ratios: Tensor, dtype: torch.dtype
    ) -> Columns:
        """Column densities of a batch, computed in float64, then cast to `dtype`.

        Arguments:
            temperature: of each layer [K] (B, L).
            mixing_ratios: of the model's gases, then H2 and He (B, gases + 2).
        """
        reach = atmosphere.half_chords
        chords = 2 * torch.diff(reach, dim=2, prepend=torch.zeros_like(reach[..., :1]))
        density = atmosphere.density * temperature.new_tensor(self.layers.pressure)
        spans = tuple(table.span(temperature) for table in self.tables)
        scaled = (density * (BASE2 / CROSS_SECTION_SCALE))[..., None]
        profiles = [
            table.node_weights(temperature, span) * scaled
            for table, span in zip(self.tables, spans, strict=True)
        ]
        if self.rayleigh is not None:
            profiles.append(scaled)
        squares = None
        if self.cia:
            rows = mixing_ratios.repeat_interleave(self.layers.number, dim=0)
            warmth = [pair.weights(temperature.flatten(), rows) for pair in self.cia]
            count = sum(len(pair.temperature) for pair in self.cia)
            warm = torch.cat(warmth, dim=1).view(*temperature.shape, count)
            squares = torch.bmm(chords, warm * (density**2 * (BASE2 / CIA_SCALE))[..., None])
        return Columns(
            nodes=_held(torch.bmm(chords, torch.cat(profiles, dim=2))).to(dtype),
            collisions=None if squares is None else _held(squares).to(dtype),
            all=torch.bmm(chords, density[..., None]).squeeze(2),
            spans=spans,
            mixing_ratios=mixing_ratios.to(dtype),
        )

    def exponent(self, columns: Columns, points: slice) -> Tensor:
        """The light that passes along each layer's chord, as a power of 2 (B, L, points)."""
        ratios = columns.mixing_ratios
        mixed = [
            table.mixed(ratios, span, points) for table, span in zip(self.tables, columns.spans, strict=True)
        ]
        if self.rayleigh is not None:
            mixed.append((ratios[:, self.rayleigh.gases] @ self.rayleigh.values[:, points])[:, None])
        rows = mixed[0] if len(mixed) == 1 else torch.cat(mixed, dim=1)
        if columns.collisions is None:
            return torch.bmm(columns.nodes, rows)
        values = torch.cat([pair.values[:, points] for pair in self.cia])
        return torch.baddbmm(columns.collisions @ values, columns.nodes, rows)


def _held(columns: Tensor) -> Tensor:
    """Columns that float32 can hold: a chord beyond `OPAQUE` is opaque whatever the cross-section."""
    excess = columns.detach().abs().amax(dim=2, keepdim=True) / OPAQUE
    return columns / excess.clamp(min=1)
