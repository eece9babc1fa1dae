"""Each column made as normal as a power transform can, with the noise carried along."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harness.challenges.split import Split
from harness.components import FeatureLayout, Preprocessor
from harness.preprocessors.auxiliary_columns import GravityOptions, given_columns
from harness.preprocessors.power_transform import PowerTransform
from harness.schema import Schema


class PowerFeatures(nn.Module):
    """Transformed spectrum, its noise in the same units, and transformed auxiliary columns (B, 2 W + C).

    The noise is sigma |dy/dx|, y being the feature of a channel and x its transit depth: to first order the
    1-sigma noise of that feature.
    """

    columns: Tensor

    def __init__(self, n_channels: int, columns: tuple[int, ...]) -> None:
        super().__init__()
        self.spectrum = PowerTransform(n_channels)
        self.auxiliary = PowerTransform(len(columns))
        self.register_buffer("columns", torch.tensor(columns, dtype=torch.int64), persistent=False)

    def learn(self, spectrum: Tensor, auxiliary: Tensor) -> None:
        """Take everything from the training planets."""
        self.spectrum.learn(spectrum)
        self.auxiliary.learn(auxiliary[:, self.columns])

    def forward(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        transformed, slope = self.spectrum(spectrum)
        facts, _ = self.auxiliary(auxiliary[:, self.columns])
        return torch.cat([transformed, noise.double() * slope, facts], dim=-1)


class YeoJohnson(Preprocessor):
    """A power transform of each channel and auxiliary column, standardized over the training planets."""

    source = (
        "Yeo & Johnson 2000, A new family of power transformations to improve normality or symmetry, "
        "Biometrika 87, 954"
    )
    Options = GravityOptions

    def architecture(self, schema: Schema) -> PowerFeatures:
        return PowerFeatures(len(schema.wavelength), given_columns(schema, self.options.surface_gravity))

    def fit(self, train: Split, schema: Schema) -> PowerFeatures:
        module = self.architecture(schema)
        module.learn(train.observations.spectrum, train.observations.auxiliary)
        return module

    def layout(self, schema: Schema) -> FeatureLayout:
        return FeatureLayout(("spectrum", "noise"), schema.wavelength)
