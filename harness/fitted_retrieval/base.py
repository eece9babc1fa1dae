"""The forward model that a retrieval is learned as changes of: few layers, few wavenumbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from harness.data.schema import Schema
from harness.fitted_opacities.condensed import condense
from harness.fitted_opacities.fit import model_on
from harness.physics import GASES, Layers, TransmissionModel
from harness.physics.opacity_directory import select_cia, select_cross_sections

LAYERS = 16  # what they leave out is learned with the rest, as retrievals are coarse themselves
POINTS = 8  # wavenumbers of each channel


def base_model(
    directory: Path, collisions: Sequence[str], schema: Schema, device: torch.device
) -> TransmissionModel:
    """The model of a directory's cross-sections on a short grid.

    Arguments:
        directory: of the opacities.
        collisions: pairs whose collision-induced absorption is included, of .cia files there.
        schema: of the challenge.
        device: where to compute.

    Raises:
        HarnessError: a gas has no file, or they do not cover the channels or are hardly finer than the grid.
    """
    channels = (schema.wavelength, schema.width)
    layers = Layers(LAYERS)
    full = TransmissionModel.from_files(
        directory,
        directory,
        collisions,
        wavelength=channels[0],
        width=channels[1],
        device=device,
        layers=layers,
    )
    tables = condense(full, select_cross_sections(directory, GASES), *channels, POINTS)
    return model_on(tables, select_cia(directory, collisions), schema, layers, device)
