"""The weights of a network in one piece of memory, and their gradients in another.

An optimiser, an average, a norm and a second process then have a few long tensors to work on, not dozens of
short ones, each of which costs more to ask for than to compute.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Iterable
from itertools import groupby

import torch
from torch import Tensor, nn

ALIGNMENT = 64  # bytes


class FlatWeights:
    """Weights of one type on one device, as parts of one vector: first matrices of one shape, and so on.

    The weights stay what they are, and are read and written as before; what lies between them is 0. All
    that is given here as parameters is for an optimiser, and has gradients once `gather_gradients` has been
    called; take either `values`, or `matrices` and `rest`.

    Arguments:
        weights: of a network, or those of them that are learned.

    Attributes:
        values: all of them (L,).
        matrices: those with rows and columns, all of one shape in one tensor (n, rows, columns); a
            convolution's filters are its rows.
        rest: the others (M,).
    """

    def __init__(self, weights: Iterable[Tensor]) -> None:
        self.weights = sorted(weights, key=_order)
        like = self.weights[0] if self.weights else torch.zeros(0)
        step = ALIGNMENT // like.element_size()
        self.sizes = [math.ceil(weight.numel() / step) * step for weight in self.weights]
        self.values = nn.Parameter(like.new_zeros(sum(self.sizes)), requires_grad=False)
        for part, weight in zip(self.parts(self.values), self.weights, strict=True):
            part.copy_(weight.detach())
            weight.data = part
        *matrices, rest = self.groups(self.values.data)
        self.matrices = [nn.Parameter(some, requires_grad=False) for some in matrices]
        self.rest = nn.Parameter(rest, requires_grad=False)

    def parts(self, flat: Tensor) -> list[Tensor]:
        """A vector like `values` (L,) as tensors of the shapes of the weights, in the same memory."""
        pieces = torch.split(flat, self.sizes)
        return [
            piece[: weight.numel()].view(weight.shape)
            for piece, weight in zip(pieces, self.weights, strict=True)
        ]

    def groups(self, flat: Tensor) -> list[Tensor]:
        """A vector like `values` (L,) as `matrices` and, at last, `rest`, in the same memory."""
        groups, start = [], 0
        of_one_shape = groupby(zip(self.weights, self.sizes, strict=True), key=lambda each: _shape(each[0]))
        for shape, each in of_one_shape:
            if shape is None:
                break
            sizes = [size for _, size in each]
            block = flat[start : start + sum(sizes)].view(len(sizes), -1)
            groups.append(block[:, : math.prod(shape)].view(len(sizes), *shape))
            start += sum(sizes)
        return [*groups, flat[start:]]

    def gather_gradients(self, memory: Tensor | None = None) -> None:
        """Let gradients of the weights be added up in one vector, from 0 on; in this memory (L,) if given."""
        self.values.grad = torch.zeros_like(self.values) if memory is None else memory.zero_()
        for part, weight in zip(self.parts(self.gradient), self.weights, strict=True):
            weight.grad = part
        for group, parameter in zip(self.groups(self.gradient), [*self.matrices, self.rest], strict=True):
            parameter.grad = group

    @property
    def gradient(self) -> Tensor:
        """Of all weights (L,)."""
        assert self.values.grad is not None
        return self.values.grad

    def move(self, memory: Tensor) -> None:
        """Let the weights lie in other memory (L,) from now on."""
        memory.copy_(self.values.data)
        self.values.data = memory
        for part, weight in zip(self.parts(memory), self.weights, strict=True):
            weight.data = part
        for group, parameter in zip(self.groups(memory), [*self.matrices, self.rest], strict=True):
            parameter.data = group

    def release(self) -> None:
        """Give each weight memory of its own again, and no gradient."""
        for weight in self.weights:
            weight.data, weight.grad = weight.data.clone(), None


def shared_memory(like: Tensor) -> Tensor:
    """Zeros like a vector (L,) on the CPU, in memory that this process shares with those forked later."""
    memory = mmap.mmap(-1, like.nbytes + like.element_size())
    return torch.frombuffer(memory, dtype=like.dtype)[: like.numel()]


def _shape(weight: Tensor) -> tuple[int, int] | None:
    """Rows and columns of a weight; None for a vector, and for what is no more than one."""
    if weight.ndim < 2:
        return None
    rows = len(weight)
    columns = weight.numel() // max(rows, 1)
    return (rows, columns) if min(rows, columns) > 1 else None


def _order(weight: Tensor) -> tuple[float, float]:
    return _shape(weight) or (math.inf, math.inf)
