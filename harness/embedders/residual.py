"""Residual network of fully connected layers."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class ResidualBlock(nn.Module):
    """x + W2 f(W1 f(norm(x))): a block with its activations before its layers.

    The normalisation is over the features of one planet, never over planets.

    References:
        He, Zhang, Ren & Sun 2016, Identity Mappings in Deep Residual Networks, arXiv:1603.05027
    """

    def __init__(self, width: int, dropout: float = 0.0, scale: float = 1.0) -> None:
        """`scale` multiplies the first values of W2."""
        super().__init__()
        self.change = nn.Sequential(
            nn.LayerNorm(width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(width, width),
        )
        shrink(self.change[-1], scale)

    def forward(self, values: Tensor) -> Tensor:
        """Values (*, width) -> (*, width)."""
        changed: Tensor = values + self.change(values)
        return changed


class ResidualNetwork(nn.Sequential):
    """Values (*, n_in) -> (*, n_out) through `depth` residual blocks of `width`."""

    def __init__(self, n_in: int, n_out: int, width: int, depth: int, dropout: float = 0.0) -> None:
        # blocks that add little each at first keep the spread of their sum independent of their number
        blocks = (ResidualBlock(width, dropout, scale=depth**-0.5) for _ in range(depth))
        super().__init__(
            nn.Linear(n_in, width), *blocks, nn.LayerNorm(width), nn.SiLU(), nn.Linear(width, n_out)
        )


def shrink(layer: nn.Module, scale: float) -> None:
    """Multiply the first values of a linear layer or convolution."""
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(scale)
