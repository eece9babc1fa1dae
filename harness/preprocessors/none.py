"""No preprocessing: what is observed, side by side."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harness.components import FeatureLayout, Preprocessor
from harness.data.schema import Schema


class Concatenate(nn.Module):
    """Spectrum and auxiliary columns side by side (B, W + A); the noise is left out."""

    def forward(self, spectrum: Tensor, noise: Tensor, auxiliary: Tensor) -> Tensor:
        return torch.cat([spectrum, auxiliary], dim=-1)


class NoPreprocessor(Preprocessor):
    """The spectrum and the auxiliary columns in their own units."""

    def architecture(self, schema: Schema) -> nn.Module:
        return Concatenate()

    def layout(self, schema: Schema) -> FeatureLayout:
        return FeatureLayout(("spectrum",), schema.wavelength, schema.auxiliary_names)
