"""Networks made of stochastic layers: what stands between the context and the likelihood's numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from harness_bnn.layers import LayerFactory, StochasticLinear


class Trunk(nn.Module, ABC):
    """Contexts -> outputs, under weights that are drawn for each planet and each pass."""

    @abstractmethod
    def forward(self, context: Tensor, passes: int, generator: torch.Generator | None = None) -> Tensor:
        """Contexts (B, C) -> (B, S, n_out), or (B, 1, n_out) where no layer draws anything."""

    @property
    def layers(self) -> list[StochasticLinear]:
        """All layers, first to last."""
        return [module for module in self.modules() if isinstance(module, StochasticLinear)]

    @property
    def stochastic(self) -> bool:
        """Whether two passes differ."""
        return any(layer.stochastic for layer in self.layers)

    def penalty(self) -> Tensor:
        """What the distributions of all weights cost [nat], a scalar."""
        return torch.stack([layer.penalty() for layer in self.layers]).sum()


class ResidualBlock(nn.Module):
    """x + W2 f(W1 norm(x)): two stochastic layers with an activation between them."""

    def __init__(self, width: int, layer: LayerFactory) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.first = layer(width, width)
        self.second = layer(width, width)

    def forward(self, values: Tensor, passes: int, generator: torch.Generator | None) -> Tensor:
        inner = nn.functional.silu(self.first(self.norm(values), passes, generator))
        changed: Tensor = values + self.second(inner, passes, generator)
        return changed


class ResidualTrunk(Trunk):
    """A residual network of stochastic layers.

    Arguments:
        n_in, n_out: numbers in and out.
        width: of the hidden layers.
        depth: residual blocks, of two layers each.
        first, hidden, last: make the layer that reads the context, those of the blocks, and the one that
            gives the outputs.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        width: int,
        depth: int,
        *,
        first: LayerFactory,
        hidden: LayerFactory,
        last: LayerFactory,
    ) -> None:
        super().__init__()
        self.first = first(n_in, width)
        self.blocks = nn.ModuleList(ResidualBlock(width, hidden) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.last = last(width, n_out)

    def forward(self, context: Tensor, passes: int, generator: torch.Generator | None = None) -> Tensor:
        values = self.first(context[:, None], passes, generator)
        for block in self.blocks:
            values = block(values, passes, generator)
        outputs: Tensor = self.last(nn.functional.silu(self.norm(values)), passes, generator)
        return outputs


class DenseTrunk(Trunk):
    """Layers one after the other, with rectified linear units between them.

    Arguments:
        n_in, n_out: numbers in and out.
        hidden: widths of the hidden layers.
        first, later: make the first layer, and the others.
    """

    def __init__(
        self, n_in: int, n_out: int, hidden: Sequence[int], *, first: LayerFactory, later: LayerFactory
    ) -> None:
        super().__init__()
        sizes = [n_in, *hidden, n_out]
        self.stack = nn.ModuleList(
            (first if number == 0 else later)(size, following)
            for number, (size, following) in enumerate(pairwise(sizes))
        )

    def forward(self, context: Tensor, passes: int, generator: torch.Generator | None = None) -> Tensor:
        values = context[:, None]
        for number, layer in enumerate(self.stack):
            values = layer(values if number == 0 else nn.functional.relu(values), passes, generator)
        return values
