"""Attention among the channels of a planet, and from a few queries to its channels."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from harness.embedders.residual import shrink


def _attend(queries: Tensor, keys: Tensor, values: Tensor, heads: int) -> Tensor:
    """(B, Q, width), (B, T, width), (B, T, width) -> (B, Q, width): what each query reads, head by head."""
    read = scaled_dot_product_attention(_split(queries, heads), _split(keys, heads), _split(values, heads))
    return read.transpose(1, 2).flatten(2)


def _split(tokens: Tensor, heads: int) -> Tensor:
    """(B, T, width) -> (B, heads, T, width / heads)."""
    return tokens.view(*tokens.shape[:-1], heads, tokens.shape[-1] // heads).transpose(1, 2)


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


class AttentionPooling(nn.Module):
    """Learned queries, each of which reads a weighted mean of the tokens in every head.

    References:
        Lee et al. 2019, Set Transformer, section 3.2, arXiv:1810.00825
    """

    def __init__(self, width: int, heads: int, queries: int) -> None:
        super().__init__()
        self.heads = heads
        self.queries = nn.Parameter(torch.randn(queries, width))
        self.norm = nn.LayerNorm(width)
        self.look = nn.Linear(width, 2 * width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (B, T, width) -> (B, queries * width)."""
        keys, values = self.look(self.norm(tokens)).chunk(2, dim=-1)
        queries = self.queries.expand(len(tokens), -1, -1)
        return _attend(queries, keys, values, self.heads).flatten(1)
