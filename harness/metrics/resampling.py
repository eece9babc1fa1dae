"""Systematic resampling: from weighted to equally weighted samples."""

from __future__ import annotations

import torch
from torch import Tensor


@torch.no_grad()
def systematic_resample(weights: Tensor, u: Tensor, lengths: Tensor | None = None) -> Tensor:
    """Which sample stands at each of M evenly spaced positions of the cumulative weights.

    Position i is (u + i) / M, and it takes the first sample whose cumulative weight is above it, so
    the order of the samples is kept. Weights are used as they are: where they sum to a little less
    than 1, positions past the end take the last sample that has weight.

    Arguments:
        weights: (..., M), that sum to 1.
        u: one uniform number in [0, 1) for each sample (...).
        lengths: how many of the M rows belong to each sample (...), the rest being padding of weight
            zero behind them; all if None.

    Returns:
        indices (..., M), int64, not descending; from `lengths` on they have no meaning.

    References:
        Kitagawa 1996, Monte Carlo Filter and Smoother for Non-Gaussian Nonlinear State Space Models,
        Journal of Computational and Graphical Statistics 5, 1.
    """
    m = weights.shape[-1]
    cumulative = weights.double().cumsum(dim=-1)
    steps = torch.arange(m, dtype=torch.float64, device=weights.device)
    count = torch.full_like(u, m, dtype=torch.float64) if lengths is None else lengths.double()
    positions = (u.double()[..., None] + steps) / count[..., None]
    last = torch.searchsorted(cumulative, cumulative[..., -1:].contiguous())
    return torch.searchsorted(cumulative, positions, right=True).minimum(last)
