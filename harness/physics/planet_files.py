"""Bring opacity files onto the points that a planet's channels need."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from harness.errors import HarnessError
from harness.physics.atmosphere import Layers
from harness.physics.binning import Edges
from harness.physics.builtin_opacities import BUILT_IN
from harness.physics.hitran_cia import CollisionInducedAbsorption
from harness.physics.layered_extinction import LayeredExtinction
from harness.physics.loading import cia_table, load_binning, rayleigh_table
from harness.physics.native_grid import native_grid
from harness.physics.node_table import load_node_tables
from harness.physics.opacity_directory import find_cia, select_cia, select_cross_sections
from harness.physics.planet_settings import PlanetSettings
from harness.physics.wide_opacities import wide_opacity_directory

PAIRS = ("H2-H2", "H2-He")


def load_planet(
    opacity_dir: str | Path,
    settings: PlanetSettings,
    wavelength: Sequence[float] | Tensor,
    width: Sequence[float] | Tensor,
    *,
    cia_dir: str | Path | None,
    resolution: float | None,
    edges: Edges,
    layers: Layers,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[LayeredExtinction, Tensor, Tensor, tuple[Tensor, Tensor]]:
    """Extinction, wavenumbers, weights in the channels, and the channels, for a `PlanetModel`.

    Arguments are those of `PlanetModel.from_files`.

    Raises:
        HarnessError: a directory, file or molecule is missing, a file is damaged, or the opacities do not
            cover the channels.
    """
    directory = wide_opacity_directory() if str(opacity_dir) == BUILT_IN else Path(opacity_dir)
    tables = select_cross_sections(directory, settings.gases)
    grid = native_grid(tables, resolution)
    points, weights = load_binning(grid, wavelength, width, device, dtype, edges)
    near = grid[points]
    mixture = [*settings.gases, "H2", "He"]
    collisions = _collisions(directory, cia_dir) if settings.cia else []
    extinction = LayeredExtinction(
        layers,
        load_node_tables(tables, grid, points, layers, device, dtype),
        rayleigh_table(mixture, near, device, dtype) if settings.rayleigh else None,
        [cia_table(pair, mixture, near, device, dtype) for pair in collisions],
    )
    channels = tuple(torch.as_tensor(one, dtype=torch.float64).to(device) for one in (wavelength, width))
    return extinction, torch.as_tensor(near, device=device), weights, (channels[0], channels[1])


def _collisions(directory: Path, cia_dir: str | Path | None) -> list[CollisionInducedAbsorption]:
    """Of H2 and He: from the directory that is named, else from the opacities', else the built-in."""
    if cia_dir is not None:
        return select_cia(cia_dir, PAIRS)
    try:
        found = find_cia(directory)
    except HarnessError:
        found = {}
    if not all(pair in found for pair in PAIRS):
        found = find_cia(wide_opacity_directory())
    return [found[pair] for pair in PAIRS]
