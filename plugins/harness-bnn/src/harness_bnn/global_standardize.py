"""Spectra with one mean and one spread for all channels, and the star's radius beside them."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn

from harness.components import FeatureLayout, Preprocessor
from harness.data.schema import Schema
from harness.data.split import Split
from harness.preprocessors.planet_facts import COLUMNS
from harness.preprocessors.scaling import Scaling

STAR_RADIUS = COLUMNS["star_radius"][0]


class GlobalScaler(nn.Module):
    """Spectrum (B, W) and, where there is one, star radius (B, 1), scaled.

    Arguments:
        star_radius: which auxiliary column that is, or None.
    """

    def __init__(self, star_radius: int | None) -> None:
        super().__init__()
        self.star_radius = star_radius
        self.spectrum = Scaling(1)
        self.radius = Scaling(1)

    def facts(self, auxiliary: Tensor) -> Tensor:
        """The star's radius (B, 1), or nothing (B, 0)."""
        if self.star_radius is None:
            return auxiliary[:, :0]
        return auxiliary[:, self.star_radius, None]

    def forward(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        facts = self.facts(auxiliary)
        if self.star_radius is not None:
            facts = self.radius(facts)
        return torch.cat([self.spectrum(spectrum), facts.double()], dim=-1)


class GlobalStandardize(Preprocessor):
    """The reading of the challenge's own baseline: how deep a transit is stays in the shape of the spectrum.

    Noise and all other auxiliary columns are left out.
    """

    source: ClassVar[str] = "https://github.com/ucl-exoplanets/ADC2023-baseline"

    def architecture(self, schema: Schema) -> GlobalScaler:
        names = schema.auxiliary_names
        return GlobalScaler(names.index(STAR_RADIUS) if STAR_RADIUS in names else None)

    def fit(self, train: Split, schema: Schema) -> GlobalScaler:
        scaler, seen = self.architecture(schema), train.observations
        scaler.spectrum.learn(seen.spectrum.double().reshape(-1, 1))
        if scaler.star_radius is not None:
            scaler.radius.learn(scaler.facts(seen.auxiliary).double())
        return scaler

    def layout(self, schema: Schema) -> FeatureLayout:
        return FeatureLayout(("spectrum",), schema.wavelength)
