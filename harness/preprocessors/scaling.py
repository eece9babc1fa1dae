"""Columns to zero mean and unit spread, as learned from the training planets."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def mean_and_spread(columns: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (F,) of columns (N, F); there may be none, of which torch.std warns."""
    mean = columns.mean(dim=0)
    return mean, (columns - mean).square().mean(dim=0).sqrt()


class Scaling(nn.Module):
    """(columns - mean) / spread, with the training planets' mean and spread as buffers."""

    mean: Tensor
    spread: Tensor

    def __init__(self, n_columns: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(n_columns, dtype=torch.float64))
        self.register_buffer("spread", torch.ones(n_columns, dtype=torch.float64))

    def learn(self, columns: Tensor, least: float = 0.0) -> None:
        """Take mean and spread from the training columns (N, F).

        A column that never varies (HELA's noise) carries nothing, and whatever it is in another planet, in
        whatever unit, must not reach a network that has never seen it vary: its spread is infinite, and the
        column 0. So is one that varies by no more than `least`, where rounding alone may do that.
        """
        mean, spread = mean_and_spread(columns)
        self.mean.copy_(mean)
        self.spread.copy_(torch.where(spread > torch.clamp(1e-12 * mean.abs(), min=least), spread, torch.inf))

    def forward(self, columns: Tensor) -> Tensor:
        """Columns (B, F) -> (B, F), float64."""
        return (columns.double() - self.mean) / self.spread
