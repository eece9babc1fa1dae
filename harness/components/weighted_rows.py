"""A posterior made of weighted training rows: what the nearest spectra and forests answer."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from harness.data.posterior import Posterior
from harness.metrics import systematic_rows


def within_bounds(samples: Tensor, bounds: Sequence[tuple[float, float]]) -> Tensor:
    """Samples (..., P) as float32, none of them outside its prior bounds.

    A value on a bound may round to the other side of it in float32; it becomes the nearest float32
    inside.

    Arguments:
        samples: values in the parameters' units.
        bounds: (lower, upper) of each of the P parameters, in the same units.
    """
    exact = torch.tensor(bounds, dtype=torch.float64)
    rounded = exact.float()
    up, down = (torch.nextafter(rounded, torch.tensor(to)) for to in (math.inf, -math.inf))
    lower = torch.where(rounded[:, 0].double() < exact[:, 0], up[:, 0], rounded[:, 0])
    upper = torch.where(rounded[:, 1].double() > exact[:, 1], down[:, 1], rounded[:, 1])
    return samples.float().clamp(lower.to(samples.device), upper.to(samples.device))


def weighted_posterior(
    table: Tensor, rows: Tensor, weights: Tensor, n: int, generator: torch.Generator
) -> Posterior:
    """Exactly n samples of each planet from a weighted set of table rows.

    Where no more than n rows have weight, they are given with their weights and filled up to n with
    rows of weight 0, so that nothing is lost to resampling. Where more have weight, n equally
    weighted rows are drawn by systematic resampling.

    Arguments:
        table: the parameters behind each row (R, P).
        rows: row numbers (N, M), those with weight first.
        weights: their weights (N, M), not negative, of any positive sum.
        n: samples for each planet.
        generator: on the device of `rows`.
    """
    weights = weights.double()
    weights = weights / weights.sum(dim=1, keepdim=True)
    missing = n - rows.shape[1]
    if missing > 0:
        filling = rows[:, :1].expand(-1, missing)
        rows = torch.cat([rows, filling], dim=1)
        weights = torch.cat([weights, torch.zeros_like(filling, dtype=weights.dtype)], dim=1)
    elif missing < 0:
        u = torch.rand(len(weights), generator=generator, dtype=weights.dtype, device=weights.device)
        drawn = systematic_rows(weights, n, u)
        exact = (weights[:, n:] == 0).all(dim=1, keepdim=True)
        equal = torch.full_like(drawn, 1.0 / n, dtype=weights.dtype)
        rows = torch.where(exact, rows[:, :n], rows.gather(1, drawn))
        weights = torch.where(exact, weights[:, :n], equal)
    return Posterior(table[rows], weights)
