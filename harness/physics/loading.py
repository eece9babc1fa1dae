"""Bring opacity files onto the model's grid, device and dtype."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from harness.errors import HarnessError, nearest_match
from harness.physics.atmosphere import Layers
from harness.physics.binning import Edges, overlap_binning
from harness.physics.constants import SQUARE_METRE
from harness.physics.cross_sections import Array, CrossSections
from harness.physics.extinction import CIA_SCALE, CROSS_SECTION_SCALE, CIATable, Extinction, RayleighTable
from harness.physics.hitran_cia import CollisionInducedAbsorption
from harness.physics.native_grid import Regridding
from harness.physics.opacity_table import OpacityTable, pressure_weights
from harness.physics.rayleigh import rayleigh_cross_section

# Scaled cross-sections under this (1e-56 cm2) count as zero in float32: they absorb nothing, and products of
# such small numbers are slow on a CPU.
NEGLIGIBLE = 1e-20


def load_binning(
    grid: Array,
    wavelength: Sequence[float] | Tensor,
    width: Sequence[float] | Tensor,
    device: torch.device,
    dtype: torch.dtype,
    edges: Edges = "first-order",
) -> tuple[slice, Tensor]:
    """The native points that channels need, and their weights (points, C).

    Raises:
        HarnessError: the channels are not positive numbers, or the grid does not cover one.
    """
    centre, full = (torch.as_tensor(one, dtype=torch.float64).cpu().numpy() for one in (wavelength, width))
    binning = overlap_binning(grid, centre, full, edges)
    return binning.points, torch.as_tensor(binning.weights, device=device, dtype=dtype)


def load_extinction(
    tables: Sequence[CrossSections],
    cia: Sequence[CollisionInducedAbsorption],
    *,
    rayleigh: bool,
    grid: Array,
    layers: Layers,
    device: torch.device,
    dtype: torch.dtype,
) -> Extinction:
    """Read the values of opacity files onto one grid.

    Arguments:
        tables: cross-sections of the model's gases, in their order.
        cia: collision-induced absorption.
        rayleigh: whether to include Rayleigh scattering.
        grid: wavenumbers [cm-1].

    Raises:
        HarnessError: values are not readable, negative or not finite, or a pair has a member that the
            atmosphere lacks.
    """
    mixture = [*(table.molecule for table in tables), "H2", "He"]
    shared: dict[tuple[bytes, bytes], list[int]] = {}
    for position, table in enumerate(tables):
        shared.setdefault((table.temperature.tobytes(), table.pressure.tobytes()), []).append(position)
    return Extinction(
        layers,
        [_opacity_table(tables, positions, grid, layers, device, dtype) for positions in shared.values()],
        rayleigh_table(mixture, grid, device, dtype) if rayleigh else None,
        [cia_table(pair, mixture, grid, device, dtype) for pair in cia],
    )


def _opacity_table(
    tables: Sequence[CrossSections],
    positions: list[int],
    grid: Array,
    layers: Layers,
    device: torch.device,
    dtype: torch.dtype,
) -> OpacityTable:
    """One table of the gases at these positions, which share their grids of temperature and pressure."""
    first = tables[positions[0]]
    weights = pressure_weights(layers.pressure, first.pressure)
    needed = [int(index) for index in np.flatnonzero(weights.any(axis=(0, 1)))]
    values = torch.empty(
        len(first.temperature), len(positions), len(needed), len(grid), dtype=dtype, device=device
    )
    hottest = torch.empty(values.shape[1:], dtype=torch.float64, device=device)
    last = len(first.pressure)
    for gas, position in enumerate(positions):
        regrid = Regridding(tables[position], grid)
        for row, index in enumerate(needed):
            scaled = regrid(tables[position].at_pressure(min(index, last - 1))) * (
                SQUARE_METRE * CROSS_SECTION_SCALE
            )
            hottest[gas, row] = torch.as_tensor(scaled[-1], device=device)
            if dtype == torch.float32:
                scaled[scaled < NEGLIGIBLE] = 0
            values[:, gas, row] = torch.as_tensor(scaled, device=device).to(dtype)
    return OpacityTable(
        gases=torch.tensor(positions, device=device),
        temperature=torch.as_tensor(first.temperature, device=device),
        pressure=torch.as_tensor(first.pressure[np.minimum(needed, last - 1)], device=device),
        values=values,
        weights=torch.as_tensor(weights[..., needed], device=device),
        deepest=needed[-1] == last,
        hottest=hottest,
    )


def rayleigh_table(
    mixture: Sequence[str], grid: Array, device: torch.device, dtype: torch.dtype
) -> RayleighTable:
    known = [(position, rayleigh_cross_section(gas, grid)) for position, gas in enumerate(mixture)]
    scattering = [(position, values) for position, values in known if values is not None]
    return RayleighTable(
        torch.tensor([position for position, _ in scattering], device=device),
        torch.as_tensor(np.stack([values for _, values in scattering]) * CROSS_SECTION_SCALE).to(
            device, dtype
        ),
    )


def cia_table(
    pair: CollisionInducedAbsorption,
    mixture: Sequence[str],
    grid: Array,
    device: torch.device,
    dtype: torch.dtype,
) -> CIATable:
    members = pair.pair.split("-")
    for member in members:
        if member not in mixture:
            raise HarnessError(
                f"The pair {pair.pair} has the member {member}{nearest_match(member, mixture)}, which is "
                f"not in the atmosphere; it holds {', '.join(mixture)}."
            )
    temperature, values = pair.temperature, pair.on(grid)
    if len(temperature) == 1:  # the same at every temperature
        temperature, values = np.append(temperature, 2 * temperature), np.repeat(values, 2, axis=0)
    return CIATable(
        mixture.index(members[0]),
        mixture.index(members[1]),
        torch.as_tensor(temperature, device=device),
        torch.as_tensor(values * CIA_SCALE).to(device, dtype),
    )
