"""Cross-sections of gases on one grid of temperature and pressure, and their interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from harness.physics.cross_sections import Array

BELOW, WITHIN, ABOVE = (
    0,
    1,
    2,
)  # a temperature against the table's: under the first, between, from the last on


def pressure_weights(layers: Array, grid: Array) -> Array:
    """Weights of a table's pressures in each layer's cross-section, for a temperature BELOW, WITHIN or ABOVE.

    Interpolation is linear in log10 pressure, and every layer has one temperature, so that a layer's
    cross-section is a fixed mixture of those at the table's pressures. Outside the table it is as TauREx 3
    has it, odd corners included: a layer under the lowest pressure takes the first pressure, but has no
    absorption where the temperature too is BELOW, and goes on linearly in log10 pressure where it is ABOVE.
    A layer from the highest pressure on takes the last, in a column of its own, because there temperature
    goes on linearly under the first one instead of stopping at it.

    Arguments:
        layers: pressures of the layers [Pa] (L,).
        grid: the table's pressures [Pa], ascending (P,).

    Returns:
        (3, L, P + 1); the last column is the one of layers from the highest pressure on.
    """
    log_layers, log_grid = np.log10(layers), np.log10(grid)
    upper = np.clip(np.searchsorted(log_grid, log_layers), 1, len(grid) - 1)
    share = (log_layers - log_grid[upper - 1]) / (log_grid[upper] - log_grid[upper - 1])
    over, under = log_layers >= log_grid[-1], log_layers < log_grid[0]
    weights = np.zeros((3, len(layers), len(grid) + 1))
    rows = np.arange(len(layers))
    for case in (BELOW, WITHIN, ABOVE):
        held = share if case == ABOVE else np.where(under, 0.0, share)
        weights[case, rows, upper - 1] = 1 - held
        weights[case, rows, upper] = held
        weights[case, over] = 0
        weights[case, over, -1] = 1
    weights[BELOW, under] = 0
    return weights


@dataclass(frozen=True, eq=False)
class OpacityTable:
    """Cross-sections of some gases that share their grids, with the pressures that any layer needs.

    Arguments:
        gases: positions of these gases among the model's (G,).
        temperature: grid [K], float64 (T,).
        pressure: of each of the N rows [Pa], float64 (N,).
        values: scaled cross-sections (T, G, N, W).
        weights: those of the N pressures in each layer, for a temperature BELOW, WITHIN or ABOVE (3, L, N),
            float64.
        deepest: whether the last of the N is for layers from the table's highest pressure on.
        hottest: the values at the last temperature in float64 (G, N, W). Prolonged to low pressure they may
            turn negative, and the exponential of a negative optical depth shows the rounding of float32.
    """

    gases: Tensor
    temperature: Tensor
    pressure: Tensor
    values: Tensor
    weights: Tensor
    deepest: bool
    hottest: Tensor

    def locate(self, temperature: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The interval of the grid that holds each temperature [K] (B,).

        Returns:
            index of the interval's lower end (B,); position in it, 0 to 1 inside (B,); BELOW, WITHIN or
            ABOVE (B,).
        """
        upper = torch.searchsorted(self.temperature, temperature.detach().contiguous())
        interval = upper.clamp(1, len(self.temperature) - 1) - 1
        low, high = self.temperature[interval], self.temperature[interval + 1]
        case = (
            WITHIN + (temperature >= self.temperature[-1]).long() - (temperature < self.temperature[0]).long()
        )
        return interval, (temperature - low) / (high - low), case

    def mixture(self, position: Tensor, mixing_ratios: Tensor) -> Tensor:
        """Share of each temperature and gas of an interval in the mixed cross-section (B, 2 G)."""
        own = mixing_ratios[:, self.gases]
        return torch.cat([(1 - position)[:, None] * own, position[:, None] * own], dim=1)

    def interval(self, index: int, points: slice, dtype: torch.dtype) -> Tensor:
        """Cross-sections at both ends of an interval of temperature (N, 2 G, points); a view if it can be."""
        ends = self.values[index : index + 2, ..., points]
        if dtype != self.values.dtype:
            ends = ends.to(dtype)
            if index + 2 == len(self.temperature):
                ends[1] = self.hottest[..., points]
        _, gases, pressures, wavenumbers = ends.shape
        return ends.view(2 * gases, pressures, wavenumbers).permute(1, 0, 2)
