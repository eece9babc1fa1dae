"""The atmosphere of a retrieval: the forward model on the channels of a measured spectrum."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from harness.real_spectra.spectrum import HostFacts


class BinnedModel(Protocol):
    """A forward model on channels, such as `harness.physics.TransmissionModel`."""

    @property
    def parameter_names(self) -> tuple[str, ...]: ...

    def binned(
        self, parameters: Tensor, star_radius: Tensor | float, planet_mass: Tensor | float
    ) -> Tensor: ...


class AtmosphereModel:
    """Transit depths of parameters, with the star and the planet's mass filled in.

    Arguments:
        model: on the channels of the spectrum.
        host: the star and the planet.
        free_mass: whether the planet's mass is a parameter too, the last one.
    """

    def __init__(self, model: BinnedModel, host: HostFacts, free_mass: bool = False) -> None:
        self.model = model
        self._host, self._free_mass = host, free_mass
        self.parameter_names = (*model.parameter_names, *(("planet_mass",) if free_mass else ()))

    def with_model(self, model: BinnedModel) -> AtmosphereModel:
        """The same by another model of the same parameters."""
        return AtmosphereModel(model, self._host, self._free_mass)

    def __call__(self, values: Tensor) -> Tensor:
        """Depths (B, C) of parameters (B, P), float64; not finite where there is no planet."""
        mass = values[:, -1] if self._free_mass else self._host.planet_mass
        own = values[:, :-1] if self._free_mass else values
        depths: Tensor = self.model.binned(own, self._host.star_radius, mass).to("cpu", torch.float64)
        return depths
