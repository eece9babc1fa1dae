"""Each column to zero mean and unit spread over the training planets."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from harness.components import Component, FeatureLayout, Preprocessor
from harness.data.schema import Schema
from harness.data.split import Split
from harness.preprocessors.scaling import Scaling


class ColumnScaler(nn.Module):
    """Spectrum, noise if asked for, and auxiliary columns side by side, scaled."""

    def __init__(self, n_columns: int, include_noise: bool) -> None:
        super().__init__()
        self.include_noise = include_noise
        self.scaling = Scaling(n_columns)

    def columns(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        parts = [spectrum, noise, auxiliary] if self.include_noise else [spectrum, auxiliary]
        return torch.cat(parts, dim=-1).double()

    def forward(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        scaled: Tensor = self.scaling(self.columns(spectrum, noise, auxiliary))
        return scaled


class Standardize(Preprocessor):
    """Spectrum, noise if asked for, and auxiliary columns, standardized over the training planets."""

    class Options(Component.Options):
        include_noise: bool = Field(False, description="also give the noise of each channel as a feature")

    options: Options

    def architecture(self, schema: Schema) -> ColumnScaler:
        channels = len(schema.wavelength) * (2 if self.options.include_noise else 1)
        return ColumnScaler(channels + len(schema.auxiliary), self.options.include_noise)

    def layout(self, schema: Schema) -> FeatureLayout:
        blocks = ("spectrum", "noise") if self.options.include_noise else ("spectrum",)
        return FeatureLayout(blocks, schema.wavelength, schema.auxiliary_names)

    def fit(self, train: Split, schema: Schema) -> ColumnScaler:
        scaler = self.architecture(schema)
        seen = train.observations
        scaler.scaling.learn(scaler.columns(seen.spectrum, seen.noise, seen.auxiliary))
        return scaler
