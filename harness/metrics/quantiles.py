"""Quantiles of weighted samples."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from harness.metrics.batches import Batch
from harness.metrics.ordering import cumulative, ordered
from harness.metrics.weights import check_finite, sample_weights


@torch.no_grad()
def weighted_quantile(samples: Tensor, levels: Sequence[float], weights: Tensor | None = None) -> Tensor:
    """Quantiles of weighted samples, in each parameter.

    The inverse of the weighted empirical distribution function, and where it is flat at a level the
    middle of the two samples around: for equal weights definition 2 of Hyndman & Fan. Samples of
    weight zero do not count, and one sample in two halves is the same as the whole.

    Arguments:
        samples: (..., n, P).
        levels: K numbers between 0 and 1.
        weights: (..., n), not necessarily normalised; equal if None.

    Returns:
        quantiles (..., K, P), float64.

    Raises:
        ValueError: a level is outside [0, 1], the weights are unusable, a sample is not finite, or
            shapes do not fit.

    References:
        Hyndman & Fan 1996, Sample Quantiles in Statistical Packages, The American Statistician 50, 361.
    """
    if not all(0.0 <= level <= 1.0 for level in levels):
        raise ValueError(f"quantile levels must lie between 0 and 1, not {list(levels)}")
    batch = Batch((samples, 2), (sample_weights(weights, samples), 1))
    n, n_parameters = samples.shape[-2:]
    at = torch.tensor(levels, dtype=torch.float64, device=samples.device)
    quantiles = torch.empty(len(batch), len(levels), n_parameters, dtype=torch.float64, device=samples.device)
    for where, (values, mass) in batch.chunks(n * n_parameters):
        check_finite(values, "samples")
        quantiles[where] = _quantiles(values, mass, at)
    return quantiles.reshape(*batch.shape, len(levels), n_parameters)


def weighted_median(samples: Tensor, weights: Tensor | None = None) -> Tensor:
    """The median (..., P) of weighted samples (..., n, P); see `weighted_quantile`."""
    return weighted_quantile(samples, [0.5], weights).squeeze(-2)


def _quantiles(values: Tensor, mass: Tensor, levels: Tensor) -> Tensor:
    """Quantiles (B, K, P) of values (B, n, P) with mass (B, n), at levels (K,)."""
    values, order = ordered(values)
    below_or_at = cumulative(mass, order)
    rounding = values.shape[-1] * torch.finfo(torch.float64).eps
    # above zero, so that a leading sample of weight zero is never chosen
    lower = (levels - rounding).clamp(min=torch.finfo(torch.float64).tiny)
    targets = torch.cat([lower, levels + rounding]).expand(*values.shape[:-1], -1).contiguous()
    last = torch.searchsorted(below_or_at, torch.full_like(targets[..., :1], 1.0 - rounding))
    chosen = torch.searchsorted(below_or_at, targets).minimum(last)
    below, above = values.gather(-1, chosen).double().chunk(2, dim=-1)
    return torch.lerp(below, above, 0.5).mT
