"""Weights of a sample: checked, normalised, and the mean that they give."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.metrics.batches import Batch


def normalised(weights: Tensor, name: str) -> Tensor:
    """Weights (..., n) as float64 that sum to 1 over the last dimension.

    Raises:
        ValueError: a weight is negative or not finite, or all weights of a sample are zero.
    """
    check_weights(weights, name)
    weights = weights.double()
    total = weights.sum(dim=-1, keepdim=True)
    if bool((total <= 0).any()):
        raise ValueError(f"{name} are all zero in at least one sample; at least one weight must be positive")
    return weights / total


def check_weights(weights: Tensor, name: str) -> None:
    """Refuse weights that are negative or not finite."""
    if not bool(torch.isfinite(weights).all()):
        raise ValueError(f"{name} hold NaN or infinity; every weight must be a finite number")
    if bool((weights < 0).any()):
        raise ValueError(f"{name} hold a negative weight; every weight must be zero or positive")


def sample_weights(weights: Tensor | None, samples: Tensor) -> Tensor:
    """Normalised weights of samples (..., n, P): those given (..., n), else equal ones (n,).

    Raises:
        ValueError: samples are empty or not (..., n, P), or the weights do not fit them or are unusable.
    """
    if samples.ndim < 2 or samples.shape[-2] == 0:
        raise ValueError(f"samples must be (..., n, P) with n >= 1, not {tuple(samples.shape)}")
    n = samples.shape[-2]
    if weights is None:
        return torch.full((n,), 1.0 / n, dtype=torch.float64, device=samples.device)
    if weights.ndim < 1 or weights.shape[-1] != n:
        raise ValueError(f"{n} samples need weights (..., {n}), not {tuple(weights.shape)}")
    return normalised(weights, "weights")


def check_finite(values: Tensor, name: str) -> None:
    """Refuse NaN and infinity."""
    if not bool(torch.isfinite(values).all()):
        raise ValueError(f"{name} hold NaN or infinity; every value must be a finite number")


@torch.no_grad()
def weighted_mean(samples: Tensor, weights: Tensor | None = None) -> Tensor:
    """The mean of weighted samples.

    Arguments:
        samples: (..., n, P).
        weights: (..., n), not necessarily normalised; equal if None.

    Returns:
        means (..., P), float64.

    Raises:
        ValueError: the weights are unusable, a sample is not finite, or shapes do not fit.
    """
    batch = Batch((samples, 2), (sample_weights(weights, samples), 1))
    n, n_parameters = samples.shape[-2:]
    means = torch.empty(len(batch), n_parameters, dtype=torch.float64, device=samples.device)
    for where, (values, mass) in batch.chunks(n * n_parameters):
        check_finite(values, "samples")
        means[where] = (mass[:, None] @ values.double())[:, 0]
    return means.reshape(*batch.shape, n_parameters)
