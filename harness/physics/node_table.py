"""Cross-sections at the nodes of temperature and pressure, for layers that each have their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from harness.physics.atmosphere import Layers
from harness.physics.constants import SQUARE_METRE
from harness.physics.cross_sections import Array, CrossSections
from harness.physics.extinction import CROSS_SECTION_SCALE
from harness.physics.loading import NEGLIGIBLE
from harness.physics.native_grid import Regridding


@dataclass(frozen=True, eq=False)
class NodeTable:
    """Cross-sections of some gases that share their grids.

    Arguments:
        gases: positions of these gases among the model's (G,).
        temperature: grid [K], float64 (T,).
        values: scaled cross-sections (G, T, N, W), N the pressures that any layer needs.
        weights: those of the N pressures in each layer, float64 (L, N).
    """

    gases: Tensor
    temperature: Tensor
    values: Tensor
    weights: Tensor

    def at(self, points: Tensor) -> NodeTable:
        """The table at some of its points (N,)."""
        return replace(self, values=self.values[..., points].contiguous())

    def span(self, temperature: Tensor) -> slice:
        """The nodes of temperature that these layers need [K] (B, L)."""
        if not temperature.numel():
            return slice(0, 2)
        interval = self._interval(temperature)
        return slice(int(interval.min()), int(interval.max()) + 2)

    def node_weights(self, temperature: Tensor, span: slice) -> Tensor:
        """Weight of each node in each layer's cross-section (B, L, T' N), float64.

        Linear in temperature and in log pressure, held at the ends of the table.

        Arguments:
            temperature: of each layer [K] (B, L).
            span: nodes of temperature that these need, T' of them.
        """
        interval = self._interval(temperature)
        low, high = self.temperature[interval], self.temperature[interval + 1]
        share = ((temperature - low) / (high - low)).clamp(0, 1)[..., None]
        lower = interval[..., None] == torch.arange(span.start, span.stop, device=interval.device)
        upper = interval[..., None] + 1 == torch.arange(span.start, span.stop, device=interval.device)
        warmth = lower * (1 - share) + upper * share
        return (warmth[..., None] * self.weights[:, None]).flatten(2)

    def mixed(self, mixing_ratios: Tensor, span: slice, points: slice) -> Tensor:
        """Cross-sections of the mixture at its nodes (B, T' N, points).

        Arguments:
            mixing_ratios: of the model's gases (B, gases), in the dtype of the values.
        """
        values = self.values[:, span, :, points]
        mixed = mixing_ratios[:, self.gases] @ values.reshape(len(values), -1)
        return mixed.view(len(mixed), values.shape[1] * values.shape[2], values.shape[3])

    def _interval(self, temperature: Tensor) -> Tensor:
        upper = torch.searchsorted(self.temperature, temperature.detach().contiguous())
        return upper.clamp(1, len(self.temperature) - 1) - 1


def load_node_tables(
    tables: Sequence[CrossSections],
    grid: Array,
    points: slice,
    layers: Layers,
    device: torch.device,
    dtype: torch.dtype,
) -> list[NodeTable]:
    """Read the values of opacity files at some points of one grid.

    Arguments:
        tables: cross-sections of the model's gases, in their order.
        grid: wavenumbers [cm-1].
        points: those that are needed.

    Raises:
        HarnessError: values are not readable, negative or not finite.
    """
    shared: dict[tuple[bytes, bytes], list[int]] = {}
    for position, table in enumerate(tables):
        shared.setdefault((table.temperature.tobytes(), table.pressure.tobytes()), []).append(position)
    return [_load(tables, places, grid, points, layers, device, dtype) for places in shared.values()]


def _load(
    tables: Sequence[CrossSections],
    positions: list[int],
    grid: Array,
    points: slice,
    layers: Layers,
    device: torch.device,
    dtype: torch.dtype,
) -> NodeTable:
    """One table of the gases at these positions, which share their grids of temperature and pressure."""
    first = tables[positions[0]]
    weights = held_weights(layers.pressure, first.pressure)
    needed = [int(index) for index in np.flatnonzero(weights.any(axis=0))]
    shape = (len(positions), len(first.temperature), len(needed), points.stop - points.start)
    values = torch.empty(shape, dtype=dtype, device=device)
    for gas, position in enumerate(positions):
        regrid = Regridding(tables[position], grid)
        for row, index in enumerate(needed):
            scaled = regrid(tables[position].at_pressure(index))[:, points]
            scaled = scaled * (SQUARE_METRE * CROSS_SECTION_SCALE)
            if dtype == torch.float32:
                scaled[scaled < NEGLIGIBLE] = 0
            values[gas, :, row] = torch.as_tensor(scaled, device=device).to(dtype)
    return NodeTable(
        gases=torch.tensor(positions, device=device),
        temperature=torch.as_tensor(first.temperature, device=device),
        values=values,
        weights=torch.as_tensor(weights[:, needed], device=device),
    )


def held_weights(layers: Array, grid: Array) -> Array:
    """Weights of a table's pressures in each layer's cross-section (L, P).

    Linear in log10 pressure and held at the ends of the table. TauREx 3 does the same but for three corners,
    which `harness.physics.opacity_table.pressure_weights` keeps for the challenge: in one of them, hotter and
    higher than the table, cross-sections turn negative.

    Arguments:
        layers: pressures of the layers [Pa] (L,).
        grid: the table's pressures [Pa], ascending (P,).
    """
    unit = np.eye(len(grid))
    return np.stack([np.interp(np.log10(layers), np.log10(grid), row) for row in unit], axis=1)
