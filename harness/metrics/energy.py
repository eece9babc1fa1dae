"""The energy distance between two samples."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.metrics.pairwise import check_unbiased, discrepancy, euclidean
from harness.metrics.two_samples import TwoSamples


def energy_distance(
    a: Tensor,
    b: Tensor,
    *,
    unbiased: bool = False,
    weights_a: Tensor | None = None,
    weights_b: Tensor | None = None,
) -> Tensor:
    r"""The energy distance between two samples, in units of the samples.

    .. math:: 2 E|a - b| - E|a - a'| - E|b - b'|

    In one dimension it is twice the integral of the squared difference of the distribution functions,
    the square of what `scipy.stats.energy_distance` returns. No bandwidth has to be chosen.
    Differentiable, in bounded memory: pairs are computed chunk by chunk, once more in the backward pass.
    Distances mix the dimensions: standardise the samples.

    Arguments:
        a: (..., N, D); half precision becomes float32.
        b: (..., M, D); the leading dimensions of all arguments broadcast against each other.
        unbiased: leave out the pairs of a point with itself. Its mean over equal distributions is zero,
            so it is negative at times.
        weights_a: (..., N), zero or positive, not necessarily normalised; equal if None. Constants.
        weights_b: (..., M), likewise.

    Returns:
        distances (...), of the samples' type; NaN where a sample holds NaN.

    Raises:
        ValueError: shapes do not fit, a sample is empty (or one point, if unbiased), or weights are
            negative, not finite or all zero.

    References:
        Székely & Rizzo 2013, Energy statistics: A class of statistics based on distances, Journal of
        Statistical Planning and Inference 143, 1249.
    """
    pair = TwoSamples.of(a, b, weights_a, weights_b, at_least=torch.float32)
    mass_a, mass_b = pair.masses()
    if unbiased:
        check_unbiased(mass_a, mass_b)
    distances = discrepancy(_negative_distance, pair.a, pair.b, mass_a, mass_b, unbiased)
    return distances.reshape(pair.shape)


def _negative_distance(x: Tensor, y: Tensor, some: slice) -> Tensor:
    return -euclidean(x, y)
