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
    count = torch.full_like(u, m, dtype=torch.float64) if lengths is None else lengths.double()
    return rows_at(weights.double().cumsum(dim=-1), _steps(u, m) / count[..., None])


@torch.no_grad()
def systematic_rows(weights: Tensor, n: int, u: Tensor) -> Tensor:
    """Which n of M samples stand at evenly spaced positions of their cumulative weights.

    Position i is (u + i) / n of the sum of the weights; see `systematic_resample`.

    Arguments:
        weights: (..., M), not negative, of any positive sum.
        n: how many samples are drawn.
        u: one uniform number in [0, 1) for each set of samples (...), on any device.

    Returns:
        indices (..., n), int64, not descending.
    """
    cumulative = weights.double().cumsum(dim=-1)
    return rows_at(cumulative, _steps(u.to(weights.device), n) / n * cumulative[..., -1:])


def rows_at(cumulative: Tensor, positions: Tensor) -> Tensor:
    """The first sample whose cumulative weight is above each position; the last that has weight at the end.

    Arguments:
        cumulative: sums of the weights up to and with each sample (..., M), float64.
        positions: between 0 and the sum of all weights (..., n), float64.

    Returns:
        indices (..., n), int64.
    """
    last = torch.searchsorted(cumulative, cumulative[..., -1:].contiguous())
    return torch.searchsorted(cumulative, positions.contiguous(), right=True).minimum(last)


def _steps(u: Tensor, n: int) -> Tensor:
    """u, u + 1, ..., u + n - 1 (..., n), float64."""
    return u.double()[..., None] + torch.arange(n, dtype=torch.float64, device=u.device)
