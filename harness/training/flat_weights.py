"""The weights of a network in one piece of memory, and their gradients in another.

An optimiser, an average, a norm and a second process then have one long tensor to work on, not dozens of
short ones, each of which costs more to ask for than to compute.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterable

import torch
from torch import Tensor, nn

ALIGNMENT = 64  # bytes


class FlatWeights:
    """Weights of one type on one device, as parts of one vector.

    The weights stay what they are, and are read and written as before; what lies between them is 0.

    Arguments:
        weights: of a network, or those of them that are learned.

    Attributes:
        values: all of them (L,), a parameter for an optimiser; its gradient is that of the weights, once
            `gather_gradients` has been called.
    """

    def __init__(self, weights: Iterable[Tensor]) -> None:
        self.weights = list(weights)
        like = self.weights[0] if self.weights else torch.zeros(0)
        step = ALIGNMENT // like.element_size()
        self.sizes = [math.ceil(weight.numel() / step) * step for weight in self.weights]
        self.values = nn.Parameter(like.new_zeros(sum(self.sizes)), requires_grad=False)
        for part, weight in zip(self.parts(self.values), self.weights, strict=True):
            part.copy_(weight.detach())
            weight.data = part

    def parts(self, flat: Tensor) -> list[Tensor]:
        """A vector like `values` (L,) as tensors of the shapes of the weights, in the same memory."""
        pieces = torch.split(flat, self.sizes)
        return [
            piece[: weight.numel()].view(weight.shape)
            for piece, weight in zip(pieces, self.weights, strict=True)
        ]

    def gather_gradients(self, memory: Tensor | None = None) -> None:
        """Let gradients of the weights be added up in one vector, from 0 on; in this memory (L,) if given."""
        self.values.grad = torch.zeros_like(self.values) if memory is None else memory.zero_()
        for part, weight in zip(self.parts(self.gradient), self.weights, strict=True):
            weight.grad = part

    @property
    def gradient(self) -> Tensor:
        """Of all weights (L,)."""
        assert self.values.grad is not None
        return self.values.grad

    def move(self, memory: Tensor) -> None:
        """Let the weights lie in other memory (L,) from now on."""
        memory.copy_(self.values.data)
        self.values.data = memory
        for part, weight in zip(self.parts(self.values.data), self.weights, strict=True):
            weight.data = part

    def release(self) -> None:
        """Give each weight memory of its own again, and no gradient."""
        for weight in self.weights:
            weight.data, weight.grad = weight.data.clone(), None


def shared_memory(like: Tensor) -> Tensor:
    """Zeros like a vector (L,) on the CPU, in memory that this process shares with those forked later."""
    memory = mmap.mmap(-1, like.nbytes + like.element_size())
    return torch.frombuffer(memory, dtype=like.dtype)[: like.numel()]
