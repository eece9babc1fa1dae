"""Each column made as normal as a power transform can, with the noise carried along."""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor, nn

from harness.components import FeatureLayout, Preprocessor
from harness.data.schema import Schema
from harness.data.split import Split
from harness.preprocessors.auxiliary_columns import GravityOptions, given_columns
from harness.preprocessors.power_transform import PowerTransform
from harness.preprocessors.scaling import Scaling


class PowerFeatures(nn.Module):
    """Transformed spectrum, its noise in the same units, and transformed auxiliary columns (B, 2 W + C).

    The noise is sigma |dy/dx|, y being the feature of a channel and x its transit depth: to first order the
    1-sigma noise of that feature. With `log_noise` it is the logarithm of that, standardized.
    """

    columns: Tensor

    def __init__(self, n_channels: int, columns: tuple[int, ...], log_noise: bool) -> None:
        super().__init__()
        self.noise = Scaling(n_channels) if log_noise else None
        self.spectrum = PowerTransform(n_channels)
        self.auxiliary = PowerTransform(len(columns))
        self.register_buffer("columns", torch.tensor(columns, dtype=torch.int64), persistent=False)

    def learn(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> None:
        """Take everything from the training planets."""
        self.spectrum.learn(spectrum)
        self.auxiliary.learn(auxiliary[:, self.columns])
        if self.noise is not None:
            self.noise.learn(_log(noise * self.spectrum(spectrum)[1]), least=1e-9)

    def forward(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        transformed, slope = self.spectrum(spectrum)
        carried = noise.double() * slope
        if self.noise is not None:
            carried = self.noise(_log(carried))
        facts, _ = self.auxiliary(auxiliary[:, self.columns])
        return torch.cat([transformed, carried, facts], dim=-1)


def _log(noise: Tensor) -> Tensor:
    return noise.clamp(min=1e-12).log()


class YeoJohnson(Preprocessor):
    """A power transform of each channel and auxiliary column, standardized over the training planets."""

    source = (
        "Yeo & Johnson 2000, A new family of power transformations to improve normality or symmetry, "
        "Biometrika 87, 954"
    )

    class Options(GravityOptions):
        log_noise: bool = Field(
            False, description="the noise features in logarithms, standardized: of unit order"
        )

    options: Options

    def architecture(self, schema: Schema) -> PowerFeatures:
        columns = given_columns(schema, self.options.surface_gravity)
        return PowerFeatures(len(schema.wavelength), columns, self.options.log_noise)

    def fit(self, train: Split, schema: Schema) -> PowerFeatures:
        module, seen = self.architecture(schema), train.observations
        module.learn(seen.spectrum, seen.noise, seen.auxiliary)
        return module

    def layout(self, schema: Schema) -> FeatureLayout:
        return FeatureLayout(("spectrum", "noise"), schema.wavelength)
