"""Descent of matrices by orthogonalised momentum."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from harness.components.device import has_bfloat16_matrices

# of the quintic of each iteration (after Newton and Schulz), which carries singular values to about 1
LINEAR, CUBIC, QUINTIC = 3.4445, -4.7750, 2.0315
ITERATIONS = 5
SMALLEST = 1e-7  # norm of a matrix
# A step changes the entries of a matrix by 0.2 times the learning rate in root mean square, as one of Adam
# does, so that both can have the same rate (Liu et al. 2025, Muon is scalable, arXiv:2502.16982).
CHANGE = 0.2


class Muon(torch.optim.Optimizer):
    """Steps along the momentum of each matrix with all its singular values made about 1.

    A gradient's few large singular values then do not hide its many small ones. Biases and other weights
    that are no matrices need another optimiser beside it.

    Arguments:
        matrices: each (n, rows, columns), n matrices of one shape.
        rate: learning rate.
        weight_decay: share of a matrix that a step takes off it, over the learning rate.
        momentum: decay of the running mean of gradients, which is looked at one gradient ahead (Nesterov).

    References:
        Jordan et al. 2024, Muon, https://kellerjordan.github.io/posts/muon
    """

    def __init__(
        self,
        matrices: Iterable[nn.Parameter],
        rate: float,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
    ) -> None:
        super().__init__(matrices, {"lr": rate, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:  # type: ignore[override]
        """Take a step along the gradients that the matrices have."""
        for group in self.param_groups:
            for matrices in group["params"]:
                self._step(matrices, group)

    def _step(self, matrices: Tensor, group: dict[str, Any]) -> None:
        gradient, state = matrices.grad, self.state[matrices]
        assert gradient is not None
        if not state:
            state["momentum"] = torch.zeros_like(gradient)
        state["momentum"].lerp_(gradient, 1 - group["momentum"])
        direction = orthogonal(gradient.lerp(state["momentum"], group["momentum"]))
        size = CHANGE * math.sqrt(max(matrices.shape[1:]))
        matrices.mul_(1 - group["lr"] * group["weight_decay"])
        matrices.add_(direction, alpha=-group["lr"] * size)


def orthogonal(matrices: Tensor) -> Tensor:
    """The nearest matrices to these (n, rows, columns) whose singular values are about 1, 0.7 to 1.2.

    They are computed in bfloat16 where there are units for it, else in float32, by five iterations of a
    quintic that grows small singular values quickly and does not converge (Jordan et al. 2024).
    """
    half = matrices.is_cuda or has_bfloat16_matrices()
    x: Tensor = matrices / matrices.norm(dim=(1, 2), keepdim=True).clamp(min=SMALLEST)
    x = x.to(torch.bfloat16 if half else torch.float32)
    upright = x.shape[1] > x.shape[2]
    x = x.mT if upright else x
    for _ in range(ITERATIONS):
        square = x @ x.mT
        polynomial = torch.baddbmm(square, square, square, beta=CUBIC, alpha=QUINTIC)
        x = torch.baddbmm(x, polynomial, x, beta=LINEAR)
    x = x.mT if upright else x
    return x.to(matrices.dtype)
