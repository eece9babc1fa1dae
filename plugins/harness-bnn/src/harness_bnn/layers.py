"""Linear layers whose weights are drawn anew for every pass: the interface, and the layer that is certain."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor, nn


class StochasticLinear(nn.Module, ABC):
    """A linear layer with a distribution over its weights.

    Arguments:
        n_in, n_out: its inputs and outputs.
    """

    stochastic: ClassVar[bool] = True

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__()
        self.n_in = n_in
        self.n_out = n_out

    @abstractmethod
    def forward(self, values: Tensor, passes: int, generator: torch.Generator | None = None) -> Tensor:
        """Apply weights that are drawn for each planet and each pass.

        Arguments:
            values: with shape (B, S, n_in), or (B, 1, n_in) where all passes share them.
            passes: S, how many draws of the weights.
            generator: source of randomness; torch's own if None.

        Returns:
            With shape (B, S, n_out), or (B, 1, n_out) where nothing has been drawn yet.
        """

    def penalty(self) -> Tensor:
        """What the distribution of the weights costs [nat], for the whole training set; a scalar."""
        return next(self.parameters()).new_zeros(())


LayerFactory = Callable[[int, int], StochasticLinear]


class CertainLinear(StochasticLinear):
    """A linear layer with one value of each weight."""

    stochastic: ClassVar[bool] = False

    def __init__(self, n_in: int, n_out: int) -> None:
        super().__init__(n_in, n_out)
        self.linear = nn.Linear(n_in, n_out)

    def forward(self, values: Tensor, passes: int, generator: torch.Generator | None = None) -> Tensor:
        applied: Tensor = self.linear(values)
        return applied


def uniform(values: Tensor, passes: int, generator: torch.Generator | None) -> Tensor:
    """Uniform numbers (B, S, n) for values (B, 1 or S, n), one for each pass."""
    return torch.rand(_shape(values, passes), generator=generator, dtype=values.dtype, device=values.device)


def normal(values: Tensor, passes: int, generator: torch.Generator | None) -> Tensor:
    """Standard normal numbers (B, S, n) for values (B, 1 or S, n), one for each pass."""
    return torch.randn(_shape(values, passes), generator=generator, dtype=values.dtype, device=values.device)


def _shape(values: Tensor, passes: int) -> tuple[int, int, int]:
    return len(values), passes, values.shape[-1]
