"""Residual convolutions along the wavelength axis, fused with a residual network of the planet's facts."""

from __future__ import annotations

from typing import ClassVar

import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from harness.components import Component, Embedder
from harness.embedders.channels import Channels
from harness.embedders.residual import ResidualNetwork, shrink


class ConvolutionBlock(nn.Module):
    """x + C2 f(C1 f(x)) with convolutions C1 and C2 along the wavelength axis."""

    def __init__(self, width: int, kernel: int, dropout: float, scale: float) -> None:
        """`scale` multiplies the first values of C2."""
        super().__init__()
        self.change = nn.Sequential(
            nn.SiLU(),
            nn.Conv1d(width, width, kernel, padding=kernel // 2),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Conv1d(width, width, kernel, padding=kernel // 2),
        )
        shrink(self.change[-1], scale)

    def forward(self, values: Tensor) -> Tensor:
        """Values (B, width, W) -> (B, width, W)."""
        changed: Tensor = values + self.change(values)
        return changed


class ResidualCNN(nn.Module):
    """Features (B, F) -> context (B, n_context).

    The blocks of the channels, in the order of their wavelengths, and the wavelength itself are the inputs of
    a convolution, followed by residual blocks. After each block neighbouring channels are averaged in pairs.
    What is left keeps its place along the axis: it is read by one layer, not averaged away. A residual
    network reads the facts of the planet, and another one both vectors together.
    """

    order: Tensor
    place: Tensor

    def __init__(
        self,
        channels: Channels,
        n_context: int,
        width: int,
        depth: int,
        kernel: int,
        hidden: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.n_context = n_context
        self.channels = channels
        logarithm = torch.tensor(channels.wavelength, dtype=torch.float64).log()
        order = torch.argsort(logarithm, stable=True)
        self.in_order = bool((order == torch.arange(len(order))).all())
        # neither is learned: both follow from the grid
        self.register_buffer("order", order, persistent=False)
        self.register_buffer("place", _standardized(logarithm[order]).float(), persistent=False)
        self.spectrum = nn.Sequential(
            nn.Conv1d(len(channels.blocks) + 1, width, kernel, stride=2, padding=kernel // 2),
            *(ConvolutionBlock(width, kernel, dropout, depth**-0.5) for _ in range(depth)),
            nn.SiLU(),
            nn.Flatten(),
            nn.Linear(width * ((len(channels.wavelength) + 1) // 2), hidden),
        )
        self.facts = (
            ResidualNetwork(channels.n_facts, hidden, hidden, 1, dropout) if channels.n_facts else None
        )
        n_vectors = 2 if channels.n_facts else 1
        self.fusion = ResidualNetwork(n_vectors * hidden, n_context, hidden, 1, dropout)

    def forward(self, features: Tensor) -> Tensor:
        channels, facts = self.channels.split(features)
        if not self.in_order:
            channels = channels[:, :, self.order]
        place = self.place.expand(len(channels), 1, -1)
        vectors = [self.spectrum(torch.cat([channels, place], dim=1))]
        if self.facts is not None:
            vectors.append(self.facts(facts))
        context: Tensor = self.fusion(torch.cat(vectors, dim=-1))
        return context


def _standardized(values: Tensor) -> Tensor:
    return (values - values.mean()) / values.std(correction=0).clamp(min=1e-6)


class ResCNN(Embedder):
    """A residual convolution along the wavelength axis and a residual network of the facts, fused."""

    class Options(Component.Options):
        context: int = Field(64, ge=1, description="length of the context vector")
        width: int = Field(32, ge=1, description="filters of each convolution")
        depth: int = Field(
            2, ge=1, le=8, description="residual blocks, each followed by halving the channels"
        )
        kernel: int = Field(3, ge=1, description="channels under a filter, an odd number")
        hidden: int = Field(
            64, ge=1, description="features of the spectrum and of the facts before they are fused"
        )
        dropout: float = Field(0.0, ge=0, lt=1, description="fraction of hidden features dropped in training")

        @field_validator("kernel")
        @classmethod
        def _odd(cls, kernel: int) -> int:
            if kernel % 2 == 0:
                raise ValueError("it must be odd, so that a filter has a channel at its centre")
            return kernel

    options: Options

    source: ClassVar[str] = (
        "He, Zhang, Ren & Sun 2016, Identity Mappings in Deep Residual Networks, arXiv:1603.05027"
    )
    trainable = True

    def architecture(self, n_features: int) -> ResidualCNN:
        channels = Channels.of(self, n_features)
        options = self.options
        return ResidualCNN(
            channels,
            options.context,
            options.width,
            options.depth,
            options.kernel,
            options.hidden,
            options.dropout,
        )
