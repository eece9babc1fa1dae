"""The continuous ranked probability score of weighted samples."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.metrics.batches import Batch
from harness.metrics.ordering import cumulative, ordered
from harness.metrics.weights import check_finite, sample_weights


@torch.no_grad()
def crps(samples: Tensor, truth: Tensor, weights: Tensor | None = None) -> Tensor:
    r"""The continuous ranked probability score of each marginal; lower is better.

    .. math:: \int (F(x) - 1[x \ge y])^2 dx = E|X - y| - E|X - X'| / 2

    The integral over the weighted empirical distribution function itself: exact, O(n log n), and a
    sum of terms that are never negative, so nothing cancels.

    Arguments:
        samples: (..., n, P).
        truth: y (..., P); leading dimensions broadcast.
        weights: (..., n), not necessarily normalised; equal if None.

    Returns:
        scores (..., P) in the parameters' units, float64.

    Raises:
        ValueError: the weights are unusable, a number is not finite, or shapes do not fit.

    References:
        Gneiting & Raftery 2007, Strictly Proper Scoring Rules, Prediction, and Estimation,
        Journal of the American Statistical Association 102, 359.
    """
    normalised_weights = sample_weights(weights, samples)
    n, n_parameters = samples.shape[-2:]
    if truth.ndim < 1 or truth.shape[-1] != n_parameters:
        raise ValueError(
            f"samples of {n_parameters} parameters need truth (..., {n_parameters}), not {tuple(truth.shape)}"
        )
    check_finite(truth, "truth")
    batch = Batch((samples, 2), (normalised_weights, 1), (truth, 1))
    scores = torch.empty(len(batch), n_parameters, dtype=torch.float64, device=samples.device)
    for where, (values, mass, target) in batch.chunks(n * n_parameters):
        check_finite(values, "samples")
        scores[where] = _integral(values, mass, target.double())
    return scores.reshape(*batch.shape, n_parameters)


def _integral(values: Tensor, mass: Tensor, target: Tensor) -> Tensor:
    """The integral (B, P) for values (B, n, P), mass (B, n) and target (B, P)."""
    values, order = ordered(values)
    values, target = values.double(), target[..., None]
    below = cumulative(mass, order)[..., :-1]
    # split each interval between neighbours at the target: F^2 counts left of it, (1 - F)^2 right of it
    split = target.clamp(values[..., :-1], values[..., 1:])
    left, right = split - values[..., :-1], values[..., 1:] - split
    inside = (below.square() * left + (1.0 - below).square() * right).sum(dim=-1)
    # outside the samples F is 0 or 1, wrong by all of it up to the target
    outside = (values[..., :1] - target).clamp(min=0.0) + (target - values[..., -1:]).clamp(min=0.0)
    return inside + outside[..., 0]
