"""Attention from a few tokens with a place along the wavelength axis to channels, and among themselves."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from harness.embedders.residual import shrink

NARROWEST = 1e-3  # in ln(wavelength): where channels coincide


class WavelengthReader(nn.Module):
    """Queries, each of which reads a weighted mean of the channels around its wavelength, in every head.

    The weight of a channel is softmax(q . k / sqrt(d) - (distance / reach)^2 / 2) over channels, d numbers a
    head, with the distance from the place of the query in ln(wavelength). Places and reaches are learned, in
    each head its own; they begin spread over the channels of the grid, each as wide as the gaps between them.

    References:
        Jaegle et al. 2021, Perceiver: General Perception with Iterative Attention, arXiv:2103.03206
    """

    def __init__(self, width: int, heads: int, queries: int, wavelength: Tensor) -> None:
        """`wavelength` is the grid [um] (W,) over which the queries are spread."""
        super().__init__()
        self.heads = heads
        self.queries = nn.Parameter(torch.randn(queries, width))
        share = (torch.arange(queries * heads, dtype=torch.float64) + 0.5) / (queries * heads)
        places = torch.quantile(wavelength.double().log(), share)
        gaps = torch.gradient(places)[0] if len(places) > 1 else torch.ones_like(places)
        self.place = nn.Parameter(places.float().view(queries, heads).T.contiguous())
        reach = gaps.clamp(min=NARROWEST).log().float()
        self.log_reach = nn.Parameter(reach.view(queries, heads).T.contiguous())
        self.norm = nn.LayerNorm(width)
        self.look = nn.Linear(width, 2 * width)

    def forward(self, tokens: Tensor, wavelength: Tensor) -> Tensor:
        """Tokens (B, W, width) of channels at `wavelength` [um] (W,) -> (B, queries, width)."""
        keys, values = self.look(self.norm(tokens)).chunk(2, dim=-1)
        queries = self.queries.expand(len(tokens), -1, -1)
        distance = (wavelength.log() - self.place[..., None]) / self.log_reach.exp()[..., None]
        return _attend(queries, keys, values, self.heads, -0.5 * distance.square())


class SelfAttentionBlock(nn.Module):
    """Tokens look at each other, then each is changed by a network: x + A(norm(x)), then x + M(norm(x)).

    References:
        Vaswani et al. 2017, Attention Is All You Need, arXiv:1706.03762; normalisation before each
        change as in Xiong et al. 2020, arXiv:2002.04745
    """

    def __init__(self, width: int, heads: int, dropout: float, scale: float) -> None:
        """`scale` multiplies the first values of what is added to the tokens."""
        super().__init__()
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.look = nn.Linear(width, 3 * width)
        self.merge = nn.Sequential(nn.Linear(width, width), nn.Dropout(dropout))
        self.network = nn.Sequential(
            nn.LayerNorm(width),
            nn.Linear(width, 2 * width),
            nn.SiLU(),
            nn.Linear(2 * width, width),
            nn.Dropout(dropout),
        )
        for layer in (self.merge[0], self.network[-2]):
            shrink(layer, scale)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (B, T, width) -> (B, T, width)."""
        queries, keys, values = self.look(self.norm(tokens)).chunk(3, dim=-1)
        tokens = tokens + self.merge(_attend(queries, keys, values, self.heads))
        changed: Tensor = tokens + self.network(tokens)
        return changed


def _attend(queries: Tensor, keys: Tensor, values: Tensor, heads: int, bias: Tensor | None = None) -> Tensor:
    """(B, Q, width), (B, T, width), (B, T, width) -> (B, Q, width): what each query reads, head by head.

    `bias` (heads, Q, T) is added to the logarithms of the weights.
    """
    mask = None if bias is None else bias.to(queries.dtype).expand(len(queries), -1, -1, -1)
    read = scaled_dot_product_attention(
        _split(queries, heads), _split(keys, heads), _split(values, heads), attn_mask=mask
    )
    return read.transpose(1, 2).flatten(2)


def _split(tokens: Tensor, heads: int) -> Tensor:
    """(B, T, width) -> (B, heads, T, width / heads)."""
    return tokens.view(*tokens.shape[:-1], heads, tokens.shape[-1] // heads).transpose(1, 2)
