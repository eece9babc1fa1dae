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
from harness.physics.opacity_table import ABOVE, BELOW, WITHIN, pressure_weights


@dataclass(frozen=True, eq=False)
class NodeTable:
    """Cross-sections of some gases that share their grids.

    Arguments:
        gases: positions of these gases among the model's (G,).
        temperature: grid [K], float64 (T,).
        values: scaled cross-sections (G, T, N, W), N the pressures that any layer needs.
        weights: those of the N pressures in each layer, for a temperature BELOW, WITHIN or ABOVE (3, L, N).
        deepest: whether the last of the N is for layers from the table's highest pressure on.
    """

    gases: Tensor
    temperature: Tensor
    values: Tensor
    weights: Tensor
    deepest: bool

    def at(self, points: Tensor) -> NodeTable:
        """The table at some of its points (N,)."""
        return replace(self, values=self.values[..., points].contiguous())

    def span(self, temperature: Tensor) -> slice:
        """The nodes of temperature that these layers need [K] (B, L)."""
        interval = self._interval(temperature)
        return slice(int(interval.min()), int(interval.max()) + 2)

    def node_weights(self, temperature: Tensor, span: slice) -> Tensor:
        """Weight of each node in each layer's cross-section (B, L, T' N), float64.

        Linear in temperature and in log pressure, and at the ends of the table as TauREx 3 has it; see
        `harness.physics.opacity_table.pressure_weights`.

        Arguments:
            temperature: of each layer [K] (B, L).
            span: nodes of temperature that these need, T' of them.
        """
        interval = self._interval(temperature)
        low, high = self.temperature[interval], self.temperature[interval + 1]
        position = ((temperature - low) / (high - low))[..., None]
        above, below = temperature >= self.temperature[-1], temperature < self.temperature[0]
        case = WITHIN + (ABOVE - WITHIN) * above.long() + (BELOW - WITHIN) * below.long()
        pressure = self.weights[case, torch.arange(temperature.shape[1], device=case.device)]
        share = position.clamp(0, 1).expand_as(pressure)
        if self.deepest:
            # from the table's highest pressure on, temperature goes on linearly below the first one
            share = torch.cat([share[..., :-1], position.clamp(max=1)], dim=2)
        nodes = torch.arange(span.start, span.stop, device=case.device)
        lower = (interval[..., None] == nodes).to(pressure.dtype)
        upper = (interval[..., None] + 1 == nodes).to(pressure.dtype)
        weights = lower[..., None] * ((1 - share) * pressure)[:, :, None]
        weights = weights + upper[..., None] * (share * pressure)[:, :, None]
        return weights.flatten(2)

    def mixed(self, mixing_ratios: Tensor, span: slice, points: slice) -> Tensor:
        """Cross-sections of the mixture at its nodes (B, T' N, points).

        Arguments:
            mixing_ratios: of the model's gases (B, gases), in the dtype of the values.
        """
        values = self.values[:, span, :, points]
        mixed = mixing_ratios[:, self.gases] @ values.reshape(len(values), -1)
        return mixed.view(len(mixed), -1, values.shape[-1])

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
    weights = pressure_weights(layers.pressure, first.pressure)
    needed = [int(index) for index in np.flatnonzero(weights.any(axis=(0, 1)))]
    last = len(first.pressure)
    shape = (len(positions), len(first.temperature), len(needed), points.stop - points.start)
    values = torch.empty(shape, dtype=dtype, device=device)
    for gas, position in enumerate(positions):
        regrid = Regridding(tables[position], grid)
        for row, index in enumerate(needed):
            scaled = regrid(tables[position].at_pressure(min(index, last - 1)))[:, points]
            scaled = scaled * (SQUARE_METRE * CROSS_SECTION_SCALE)
            if dtype == torch.float32:
                scaled[scaled < NEGLIGIBLE] = 0
            values[gas, :, row] = torch.as_tensor(scaled, device=device).to(dtype)
    return NodeTable(
        gases=torch.tensor(positions, device=device),
        temperature=torch.as_tensor(first.temperature, device=device),
        values=values,
        weights=torch.as_tensor(weights[..., needed], device=device),
        deepest=needed[-1] == last,
    )
