"""The forward model of the retrieval behind ariel-hard: few layers, few wavenumbers, opacities of its own.

Retrievals that are run by the thousand are coarser than the simulations that they are to invert; that is one
more thing in which this one disagrees, and what makes it quick.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import torch
from torch import Tensor

from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.components import ForwardModel
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.physics import Layers, TransmissionModel
from harness.physics.reduced_model import fit_quadrature, model_on

LAYERS = 16  # the simulation has 100
MOST, TOLERANCE = 8, 5e-3  # wavenumbers of a channel; see `harness.physics.reduced_model`


class CoarseModel(ForwardModel):
    """Transit depths on the challenge's channels from 16 layers and at most 8 wavenumbers of each channel.

    Arguments:
        opacities: directory of cross-sections.
        schema: of the challenge.
    """

    parallel = True

    def __init__(self, opacities: Path, schema: Schema) -> None:
        self._opacities, self._channels = opacities, (schema.wavelength, schema.width)
        exact = ArielForwardModel(schema, str(opacities))
        self.needs, self._exact = exact.needs, exact.identity

    @property
    def identity(self) -> str:
        return f"{LAYERS} layers, {MOST} wavenumbers within {TOLERANCE:g}, {self._exact}"

    @cached_property
    def _model(self) -> TransmissionModel:
        full = TransmissionModel.from_files(
            self._opacities, wavelength=self._channels[0], width=self._channels[1]
        )
        quadrature = fit_quadrature(full, *self._channels, tolerance=TOLERANCE, most=MOST)
        return model_on(quadrature, self._opacities, torch.device("cpu"), torch.float32, Layers(LAYERS))

    def __call__(
        self, parameters: Tensor, star_radius: Tensor | None = None, planet_mass: Tensor | None = None
    ) -> Tensor:
        if star_radius is None or planet_mass is None:
            raise HarnessError("The forward model needs star radius and planet mass; give them.")
        return self._model.binned(parameters, star_radius, planet_mass)
