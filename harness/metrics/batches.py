"""Work through broadcast batches of any size in chunks of bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from harness.metrics.chunks import fitting, runs

# Elements of the largest temporary. About ten live at once, in float64: small enough for a processor's cache.
CHUNK = 2**19


class Batch:
    """Tensors whose leading dimensions broadcast against each other, taken some rows at a time.

    Nothing is expanded: a chunk picks from each tensor the rows that belong to it.

    Arguments:
        operands: each a tensor and how many of its trailing dimensions belong to one item.

    Raises:
        ValueError: the leading dimensions do not broadcast.
    """

    def __init__(self, *operands: tuple[Tensor, int]) -> None:
        leading = [tuple(tensor.shape[: tensor.ndim - trailing]) for tensor, trailing in operands]
        try:
            self.shape = np.broadcast_shapes(*leading)
        except ValueError:
            shapes = ", ".join(str(shape) for shape in leading)
            raise ValueError(f"batch dimensions {shapes} do not broadcast against each other") from None
        self.operands = [
            tensor.reshape(-1, *tensor.shape[tensor.ndim - trailing :]) for tensor, trailing in operands
        ]
        self.rows = [
            torch.arange(math.prod(shape)).reshape(shape).expand(self.shape).reshape(-1) for shape in leading
        ]

    def __len__(self) -> int:
        return math.prod(self.shape)

    def chunks(self, elements: int) -> Iterator[tuple[slice, list[Tensor]]]:
        """Positions in the flattened batch, and each operand's rows there (B, ...).

        Arguments:
            elements: size of the largest temporary that one item needs.
        """
        for where in runs(len(self), fitting(CHUNK, elements)):
            yield where, [taken(t, rows[where]) for t, rows in zip(self.operands, self.rows, strict=True)]


def taken(operand: Tensor, rows: Tensor) -> Tensor:
    """The rows of an operand: a view where they are a run, as they are without broadcasting."""
    first, last = int(rows[0]), int(rows[-1])
    if last - first + 1 == len(rows):
        return operand[first : last + 1]
    return operand[rows.to(operand.device)]
