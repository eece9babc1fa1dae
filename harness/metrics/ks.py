"""The two-sample Kolmogorov-Smirnov distance between weighted samples."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.metrics.batches import Batch
from harness.metrics.ordering import cumulative, ordered
from harness.metrics.weights import normalised


@torch.no_grad()
def ks_distance(
    a: Tensor, b: Tensor, weights_a: Tensor | None = None, weights_b: Tensor | None = None
) -> Tensor:
    r"""The largest difference between two weighted empirical distribution functions, in each dimension.

    .. math:: \sup_x |F_a(x) - F_b(x)|, \qquad F_a(x) = \sum_{i: a_i \le x} w_i / \sum_i w_i

    Exact: ties count once, float32 values are compared as the numbers they are, and without weights
    the distance is a quotient of integers. Not differentiable.

    Arguments:
        a: (..., N, D).
        b: (..., M, D); the leading dimensions of all arguments broadcast against each other.
        weights_a: (..., N), zero or positive, not necessarily normalised; equal if None.
        weights_b: (..., M), likewise.

    Returns:
        distances between 0 and 1, (..., D), float64.

    Raises:
        ValueError: shapes do not fit, a sample is empty, a value is NaN, or weights are negative,
            not finite or all zero.
    """
    for name, sample in (("a", a), ("b", b)):
        if sample.ndim < 2 or sample.shape[-2] == 0:
            raise ValueError(f"{name} must be (..., n, D) with n >= 1, not {tuple(sample.shape)}")
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(f"a and b must have the same last dimension, not {a.shape[-1]} and {b.shape[-1]}")
    n, m, dimensions = a.shape[-2], b.shape[-2], a.shape[-1]
    if weights_a is None and weights_b is None:
        # whole numbers below 2^53 add up in float64 without rounding
        mass_a, mass_b, total = _equal(a, float(m)), _equal(b, float(n)), float(n * m)
    else:
        mass_a, mass_b, total = _masses(weights_a, a, "a"), _masses(weights_b, b, "b"), 1.0
    batch = Batch((a, 2), (b, 2), (mass_a, 1), (mass_b, 1))
    distances = torch.empty(len(batch), dimensions, dtype=torch.float64, device=a.device)
    for where, chunk in batch.chunks((n + m) * dimensions):
        for name, sample in (("a", chunk[0]), ("b", chunk[1])):
            if bool(torch.isnan(sample).any()):
                raise ValueError(f"{name} holds NaN, which has no place in an ordered sample")
        distances[where] = largest_gap(*chunk) / total
    return distances.clamp_(max=1.0).reshape(*batch.shape, dimensions)


def largest_gap(a: Tensor, b: Tensor, mass_a: Tensor, mass_b: Tensor) -> Tensor:
    """The largest difference between the masses of a and of b at or below any value (B, D).

    Arguments:
        a: (B, N, D), without NaN.
        b: (B, M, D), without NaN.
        mass_a: mass of each sample (B, N), float64.
        mass_b: (B, M), with the same total as `mass_a`. A sample of mass 0 changes nothing.
    """
    common = torch.promote_types(a.dtype, b.dtype)
    values, order = ordered(torch.cat([a.to(common), b.to(common)], dim=1))
    gap = cumulative(torch.cat([mass_a, -mass_b], dim=1), order).abs_()
    # inside a run of equal values the distribution functions have not yet stepped to their end
    gap[..., :-1].masked_fill_(values[..., 1:] == values[..., :-1], 0.0)
    return gap.amax(dim=-1)


def _equal(sample: Tensor, mass: float) -> Tensor:
    return torch.full((sample.shape[-2],), mass, dtype=torch.float64, device=sample.device)


def _masses(weights: Tensor | None, sample: Tensor, name: str) -> Tensor:
    n = sample.shape[-2]
    if weights is None:
        return _equal(sample, 1.0 / n)
    if weights.ndim < 1 or weights.shape[-1] != n:
        raise ValueError(f"{n} rows of {name} need weights_{name} (..., {n}), not {tuple(weights.shape)}")
    return normalised(weights, f"weights_{name}")
