"""One trained network: an embedder and the density that it feeds."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness_npe.flows import ConditionalDensity


@dataclass(frozen=True)
class Prepared:
    """A batch as the network sees it.

    Attributes:
        features: of each planet (B, F) float32.
        parameters: standardised parameters (K, P) float32.
        owner: the planet that each row belongs to (K,).
    """

    features: Tensor
    parameters: Tensor
    owner: Tensor


class PosteriorNetwork(nn.Module):
    """Features of a planet -> density of its standardised parameters.

    Arguments:
        embed: features (B, F) -> context (B, C).
        density: of parameters given the context.
        mixed_precision: compute the embedder in bfloat16 on a GPU; densities always stay in float32.
    """

    def __init__(
        self, embed: nn.Module, density: ConditionalDensity, *, mixed_precision: bool = False
    ) -> None:
        super().__init__()
        self.embed = embed
        self.density = density
        self.mixed_precision = mixed_precision

    def context(self, features: Tensor) -> Tensor:
        """Context (B, C) float32 of features (B, F)."""
        half = self.mixed_precision and features.is_cuda
        with torch.autocast(features.device.type, torch.bfloat16, enabled=half):
            context: Tensor = self.embed(features)
        return context.float()

    def losses(self, prepared: Prepared, generator: torch.Generator | None = None) -> Tensor:
        """The loss of each row (K,): for a flow, its negative log density."""
        context = self.context(prepared.features)[prepared.owner]
        return self.density.loss(prepared.parameters, context, generator)
