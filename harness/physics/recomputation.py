"""Gradients through a function of many rows in bounded memory: computed again, some rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

Rows = Callable[..., Tensor]


def in_chunks(function: Rows, inputs: tuple[Tensor, ...], step: int, gradient_step: int) -> Tensor:
    """Apply a function row by row, with gradients but without keeping what they need.

    Nothing of the function is recorded. On the way back each chunk is computed once more, recorded, and
    differentiated; the gradient cannot be differentiated again.

    Arguments:
        function: tensors (B, ...) -> tensor (B, ...), each row from the same row of every argument.
        inputs: its arguments, of any number of rows.
        step: rows at once.
        gradient_step: rows at once where the function is recorded.
    """
    result: Tensor = _Recomputed.apply(function, step, gradient_step, *inputs)  # type: ignore[no-untyped-call]
    return result


class _Recomputed(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, function: Rows, step: int, gradient_step: int, *inputs: Tensor) -> Tensor:
        ctx.function, ctx.step = function, gradient_step
        ctx.save_for_backward(*inputs)
        with torch.no_grad():
            return torch.cat([function(*chunk) for chunk in _chunks(inputs, step)])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        wanted = ctx.needs_input_grad[3:]
        found: list[list[Tensor]] = [[] for _ in wanted]
        for outer, *chunk in _chunks((gradient, *ctx.saved_tensors), ctx.step):
            with torch.enable_grad():
                rows = [one.detach().requires_grad_(want) for one, want in zip(chunk, wanted, strict=True)]
                value = ctx.function(*rows)
            of = [row for row, want in zip(rows, wanted, strict=True) if want]
            asked = outer.flatten(1).any(dim=1)
            parts = iter(torch.autograd.grad(value, of, outer))
            for pieces, want in zip(found, wanted, strict=True):
                if want:
                    part = next(parts)
                    # zero times the infinite slope of a row that nobody asked about is still zero
                    pieces.append(torch.where(asked.view(-1, *[1] * (part.ndim - 1)), part, 0))
        return None, None, None, *(torch.cat(pieces) if pieces else None for pieces in found)


def _chunks(tensors: tuple[Tensor, ...], step: int) -> list[tuple[Tensor, ...]]:
    return list(zip(*(torch.split(one, step) for one in tensors), strict=True))
