"""The atmosphere of a retrieval: the forward model on the channels of a measured spectrum."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.data.schema import Parameter
from harness.physics.planet_model import PlanetModel
from harness.physics.planet_settings import PlanetSettings
from harness.real_spectra.settings import RetrievalSettings
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum


class AtmosphereModel:
    """Transit depths of parameters, with the star and the planet's mass filled in.

    Arguments:
        model: on the channels of the spectrum.
        host: the star and the planet.
        free_mass: whether the planet's mass is a parameter too, the last one.
    """

    def __init__(self, model: PlanetModel, host: HostFacts, free_mass: bool = False) -> None:
        self.model = model
        self._host, self._free_mass = host, free_mass
        self.parameter_names = (*model.parameter_names, *(("planet_mass",) if free_mass else ()))

    @classmethod
    def of(
        cls,
        spectrum: MeasuredSpectrum,
        settings: RetrievalSettings,
        host: HostFacts,
        layers: int | None = None,
    ) -> AtmosphereModel:
        """The model that settings ask for, on the channels of a spectrum.

        Arguments:
            layers: how many; as many as are usual if None.

        Raises:
            HarnessError: a gas has no opacities, or they do not cover a channel.
        """
        planet = PlanetSettings(
            settings.gases,
            settings.temperature,
            settings.clouds,
            settings.star,
            reference_pressure=settings.reference_pressure,
        )
        model = PlanetModel.from_files(
            settings.opacities,
            planet,
            torch.from_numpy(spectrum.wavelength.copy()),
            torch.from_numpy(spectrum.width.copy()),
            star_temperature=settings.star_temperature,
            layers=layers,
        )
        return cls(model, host, "planet_mass" in settings.priors)

    def reduced(self, parameters: tuple[Parameter, ...]) -> AtmosphereModel:
        """The same on a few points of every channel, chosen for these priors.

        Raises:
            HarnessError: no atmosphere within the priors is bound.
        """
        names = self.model.parameter_names
        quick = self.model.reduced(
            bounds={one.name: (one.lower, one.upper) for one in parameters if one.name in names},
            star_radius=self._host.star_radius,
            planet_mass=self._host.planet_mass,
        )
        return AtmosphereModel(quick, self._host, self._free_mass)

    def __call__(self, values: Tensor) -> Tensor:
        """Depths (B, C) of parameters (B, P), float64; not finite where there is no planet."""
        own, mass = self._apart(values)
        depths: Tensor = self.model.binned(own, self._host.star_radius, mass).to("cpu", torch.float64)
        return depths

    def temperature(self, values: Tensor) -> Tensor:
        """Temperature [K] of each layer (B, L), from the bottom up."""
        own, mass = self._apart(values)
        return self.model.temperature(own, mass).to("cpu", torch.float64)

    def _apart(self, values: Tensor) -> tuple[Tensor, Tensor | float]:
        if self._free_mass:
            return values[:, :-1], values[:, -1]
        return values, self._host.planet_mass
