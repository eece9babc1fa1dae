"""Each spectrum by its own mean and spread, both kept as features."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.distributions import Transform

from harness.components import FeatureLayout, Preprocessor
from harness.data.schema import Schema
from harness.data.split import Split
from harness.preprocessors.auxiliary_columns import DECADE, AuxiliaryColumns, GravityOptions, given_columns
from harness.preprocessors.expected_parameters import transform_about_expected
from harness.preprocessors.scaling import Scaling
from harness.preprocessors.spectrum_summary import TINY, SpectrumSummary, with_and_without_noise


class LearnedFeatures(nn.Module, ABC):
    """Features (B, F) of spectrum, noise and auxiliary columns, on a scale of the training planets."""

    @abstractmethod
    def learn(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> None:
        """Take everything from the training planets."""


class PlanetFeatures(LearnedFeatures):
    """The shape of each spectrum, its noise, mean and spread, and the auxiliary columns (B, 2 W + 2 + C).

    Shape: (depth - mean) / spread, with the planet's own mean and spread over channels, as it is. Noise: the
    logarithm of noise / spread in each channel. That, the logarithms of mean and spread, and the auxiliary
    columns are standardized over the training planets.
    """

    def __init__(self, n_channels: int, columns: tuple[int, ...], least_span: float = DECADE) -> None:
        super().__init__()
        self.noise = Scaling(n_channels)
        self.level = Scaling(2)
        self.auxiliary = AuxiliaryColumns(columns, least_span)

    def learn(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> None:
        """Take everything from the training planets."""
        _, relative_noise, level = self._of_spectrum(*with_and_without_noise(spectrum, noise))
        self.noise.learn(relative_noise, least=1e-9)
        self.level.learn(level, least=1e-9)
        self.auxiliary.learn(auxiliary)

    def _of_spectrum(self, spectrum: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Shape (B, W), logarithm of noise over spread (B, W), logarithms of mean and spread (B, 2)."""
        summary = SpectrumSummary.of(spectrum, noise)
        spread = summary.spread[:, None]
        shape = (spectrum.double() - summary.mean[:, None]) / spread
        relative_noise = 0.5 * (noise.double() ** 2 + TINY).log() - spread.log()
        return shape, relative_noise, torch.stack([summary.log_mean, summary.spread.log()], dim=-1)

    def forward(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        shape, relative_noise, level = self._of_spectrum(spectrum, noise)
        parts = [shape, self.noise(relative_noise), self.level(level), self.auxiliary(auxiliary)]
        return torch.cat(parts, dim=-1)


class PlanetStandardize(Preprocessor):
    """The shape of each spectrum apart from its level: what an atmosphere does, whatever the planet's size.

    Auxiliary columns that are positive and span a decade are taken in logarithms. Where star radius and a
    planet's radius are in the challenge, parameters are mapped relative to what is expected of each planet.
    """

    Options = GravityOptions
    options: GravityOptions

    def architecture(self, schema: Schema) -> LearnedFeatures:
        return PlanetFeatures(
            len(schema.wavelength), given_columns(schema, self.options.surface_gravity), DECADE
        )

    def fit(self, train: Split, schema: Schema) -> LearnedFeatures:
        module, seen = self.architecture(schema), train.observations
        module.learn(seen.spectrum, seen.noise, seen.auxiliary)
        return module

    def layout(self, schema: Schema) -> FeatureLayout:
        return FeatureLayout(("spectrum", "noise"), schema.wavelength)

    def planet_transform(
        self, schema: Schema, spectrum: Tensor, noise: Tensor, auxiliary: Tensor
    ) -> Transform:
        """Relative to what is expected of each planet's radius and temperature, where that can be said."""
        expected = transform_about_expected(schema, spectrum, noise, auxiliary)
        return expected or self.parameter_transform(schema)
