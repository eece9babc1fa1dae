"""Attention over channels, each of which says its wavelength and its noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from pydantic import Field, ValidationInfo, field_validator
from torch import Tensor, nn

from harness.components import Component, Embedder
from harness.embedders.attention import SelfAttentionBlock, WavelengthReader
from harness.embedders.channels import Channels, refuse_impossible
from harness.embedders.residual import ResidualNetwork
from harness.embedders.wavelength_encoding import encode_wavelength

NOISE = "noise"  # the block that is encoded by itself


class ChannelTransformer(nn.Module):
    """Features (B, F) -> context (B, n_context), on the wavelength grid it was made for or on another.

    Each channel is a token: a network of its numbers, of encodings of its wavelength and its noise, and of
    the facts of the planet. Learned queries read the channels, each around its own wavelength. What they read
    are tokens again, which look at each other in self-attention blocks; a residual network makes the
    context of them and the facts. Nothing but its wavelength says which channel is which, so channels may
    come in any order and number; the cost grows with their number, not with its square.
    """

    grid: Tensor

    def __init__(
        self,
        channels: Channels,
        n_context: int,
        width: int,
        depth: int,
        heads: int,
        queries: int,
        periods: int,
        dropout: float,
    ) -> None:
        super().__init__()
        self.n_context = n_context
        self.channels = channels
        self.periods = periods
        self.noise_at = [at for at, name in enumerate(channels.blocks) if name == NOISE]
        self.values_at = [at for at, name in enumerate(channels.blocks) if name != NOISE]
        grid = torch.tensor(channels.wavelength, dtype=torch.float64)
        self.register_buffer("grid", grid, persistent=False)  # not learned: it follows from the layout
        self.wavelength = nn.Linear(2 * periods, width)
        self.values = nn.Linear(len(self.values_at), width, bias=False) if self.values_at else None
        self.noise = (
            nn.Sequential(nn.Linear(len(self.noise_at), width // 2), nn.SiLU(), nn.Linear(width // 2, width))
            if self.noise_at
            else None
        )
        self.token = nn.Sequential(nn.SiLU(), nn.Linear(width, width))
        self.facts = ResidualNetwork(channels.n_facts, width, width, 1, dropout) if channels.n_facts else None
        self.reader = WavelengthReader(width, heads, queries, grid)
        self.attention = nn.Sequential(
            *(SelfAttentionBlock(width, heads, dropout, (2 * depth) ** -0.5) for _ in range(depth))
        )
        n_read = queries * width + (width if channels.n_facts else 0)
        self.head = ResidualNetwork(n_read, n_context, max(width, n_context), 1, dropout)

    def forward(self, features: Tensor, grid: Tensor | None = None) -> Tensor:
        """Context (B, n_context) of features of channels at `grid` [um] (W,), by default its own."""
        grid = self.grid if grid is None else grid
        channels, facts = self.channels.split(features)
        columns = channels.transpose(1, 2)
        known = self.wavelength(encode_wavelength(grid, self.periods))
        vectors = []
        if self.facts is not None:
            vectors.append(self.facts(facts))
            known = known + vectors[0][:, None]
        if self.noise is not None:
            known = known + self.noise(columns[..., self.noise_at])
        if self.values is not None:
            known = known + self.values(columns[..., self.values_at])
        read = self.reader(self.token(known), grid)
        vectors.append(self.attention(read).flatten(1))
        context: Tensor = self.head(torch.cat(vectors, dim=-1))
        return context

    def on_grid(self, wavelength: Sequence[float]) -> OnGrid:
        """The same weights, shared, for features of channels at other wavelengths [um] (W,).

        The features are the same blocks with W numbers each, then the same facts.

        Raises:
            HarnessError: a wavelength is not positive.
        """
        return OnGrid(self, wavelength)


class OnGrid(nn.Module):
    """A channel transformer that reads spectra on a wavelength grid other than its own."""

    grid: Tensor

    def __init__(self, transformer: ChannelTransformer, wavelength: Sequence[float]) -> None:
        super().__init__()
        refuse_impossible(tuple(wavelength))
        self.n_context = transformer.n_context
        self.transformer = transformer
        grid = torch.tensor(wavelength, dtype=torch.float64, device=transformer.grid.device)
        self.register_buffer("grid", grid, persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        context: Tensor = self.transformer(features, self.grid)
        return context


class Transformer(Embedder):
    """Attention over the channels, each with its wavelength and noise: it reads any wavelength grid."""

    class Options(Component.Options):
        context: int = Field(64, ge=1, description="length of the context vector")
        width: int = Field(32, ge=2, description="numbers in the token of a channel")
        heads: int = Field(2, ge=1, description="attention heads, a divisor of the width")
        depth: int = Field(1, ge=0, description="self-attention blocks among what the queries read")
        queries: int = Field(
            16, ge=1, description="learned queries, each of which reads the channels around a wavelength"
        )
        periods: int = Field(
            8,
            ge=1,
            le=12,
            description="periods of the wavelength encoding, from 8 down by halves, in ln(wavelength)",
        )
        dropout: float = Field(0.0, ge=0, lt=1, description="fraction of hidden features dropped in training")

        @field_validator("heads")
        @classmethod
        def _divides_the_width(cls, heads: int, info: ValidationInfo) -> int:
            if info.data.get("width", 0) % heads:
                raise ValueError(f"it must be a divisor of the width, {info.data['width']}")
            return heads

    options: Options

    source: ClassVar[str] = (
        "Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762; pooling by attention: "
        "Lee et al. 2019, Set Transformer, arXiv:1810.00825"
    )
    trainable = True

    def architecture(self, n_features: int) -> ChannelTransformer:
        channels = Channels.of(self, n_features)
        options = self.options
        return ChannelTransformer(
            channels,
            options.context,
            options.width,
            options.depth,
            options.heads,
            options.queries,
            options.periods,
            options.dropout,
        )
