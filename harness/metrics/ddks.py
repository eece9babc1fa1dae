"""The exact d-dimensional Kolmogorov-Smirnov distance between two samples."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.metrics.chunks import slices
from harness.metrics.ordering import ordered
from harness.metrics.two_samples import TwoSamples

DIMENSIONS = 62  # an orthant's code and the bit that tells a from b fit into 63 bits
# Orthants for each sample point beyond which most are empty, and numbering the occupied ones pays
SPARSE = 32


@torch.no_grad()
def ddks(a: Tensor, b: Tensor, weights_a: Tensor | None = None, weights_b: Tensor | None = None) -> Tensor:
    r"""The largest difference between two samples' masses in any orthant around any sample point.

    .. math:: \max_{c \in a \cup b} \max_{o \in \{0, 1\}^D} |A_{co} - B_{co}|, \qquad
        A_{co} = \sum_i w_i \prod_j [1[a_{ij} \ge c_j] = o_j] / \sum_i w_i

    A point of either sample splits space into 2^D orthants. In each dimension what is equal to the
    centre counts with what is above it, the centre itself too, as in the authors' code. With one
    dimension this is the Kolmogorov-Smirnov statistic, also where values are tied: the gap just below
    a value is the gap at the value before it. With more than one, reflecting an axis moves ties, the
    centre's own among them, and so changes the distance by the mass of a point or so; an increasing
    map of any dimension changes nothing, so no unit and no scale matters.

    Exact: float32 values are compared as the numbers they are, and without weights the distance is a
    quotient of integers. A point of weight zero is no centre, so it changes nothing. Not
    differentiable; see `soft_ddks`. (N + M)^2 D comparisons in memory that does not grow with them.

    Arguments:
        a: (..., N, D), D at most 62.
        b: (..., M, D); the leading dimensions of all arguments broadcast against each other.
        weights_a: (..., N), zero or positive, not necessarily normalised; equal if None.
        weights_b: (..., M), likewise.

    Returns:
        distances between 0 and 1, (...), float64.

    Raises:
        ValueError: shapes do not fit, a sample is empty or has too many dimensions, a value is NaN,
            or weights are negative, not finite or all zero.

    References:
        Hagen, Jackson, Kahn, Strube, Haide, Pazdernik & Hainje 2021, Accelerated Computation of a
        High Dimensional Kolmogorov-Smirnov Distance, https://arxiv.org/abs/2106.13706
    """
    pair = TwoSamples.of(a, b, weights_a, weights_b)
    (n, dimensions), m = pair.a.shape[-2:], pair.b.shape[-2]
    if dimensions > DIMENSIONS:
        raise ValueError(f"samples of {dimensions} dimensions have too many orthants; at most {DIMENSIONS}")
    for name, sample in (("a", pair.a), ("b", pair.b)):
        if bool(torch.isnan(sample).any()):
            raise ValueError(f"{name} holds NaN, which has no place in an ordered sample")
    distances = torch.empty(len(pair), dtype=torch.float64, device=pair.a.device)
    points = n + m
    elements = max(points, 2 ** (dimensions + 1) if _is_dense(points, dimensions) else 2 * points)
    for planets in slices(len(pair), points * elements, pair.a.device):
        ranks = _ranks(torch.cat([pair.a[planets], pair.b[planets]], dim=1))
        mass = None
        if pair.weights_a is not None and pair.weights_b is not None:
            mass = torch.cat([pair.weights_a[planets], -pair.weights_b[planets]], dim=1)
        gaps = [
            _largest_gap(ranks, centres, n, mass)
            for centres in slices(points, len(ranks) * elements, ranks.device)
        ]
        distances[planets] = torch.stack(gaps).amax(dim=0)
    return distances.clamp_(max=1.0).reshape(pair.shape)


def _is_dense(points: int, dimensions: int) -> bool:
    return 1 << (dimensions + 1) <= SPARSE * points


def _ranks(pooled: Tensor) -> Tensor:
    """Dense ranks (B, D, P) of samples (B, P, D): equal where values are, in the smallest type that will do.

    That type holds an orthant's code as well, so that comparisons and codes run through wide registers.
    """
    points, dimensions = pooled.shape[-2:]
    values, order = ordered(pooled)
    steps = torch.zeros_like(order)
    steps[..., 1:] = values[..., 1:] != values[..., :-1]
    bits = max(dimensions + 1, points.bit_length())
    smallest = torch.int16 if bits <= 15 else torch.int32 if bits <= 31 else torch.int64
    ranks = steps.cumsum(dim=-1).to(smallest)
    return torch.empty_like(ranks).scatter_(-1, order, ranks)


def _largest_gap(ranks: Tensor, centres: slice, n: int, mass: Tensor | None) -> Tensor:
    """The largest difference of masses in the orthants around some of the points (B,).

    Arguments:
        ranks: (B, D, P) of both samples, those of a first.
        centres: which of the P points are centres.
        n: points of a.
        mass: signed weights (B, P), positive in a and negative in b; equal weights if None.
    """
    codes = _codes(ranks, centres, n)
    planets, n_centres, points = codes.shape
    bins = 2 ** (ranks.shape[1] + 1)
    if not _is_dense(points, ranks.shape[1]):
        codes, bins = _occupied(codes), 2 * points
    first = torch.arange(planets * n_centres, dtype=_wide(planets * n_centres * bins), device=codes.device)
    flat = (codes + bins * first.reshape(planets, n_centres, 1)).reshape(-1)
    total = planets * n_centres * bins
    if mass is None:
        counts = torch.bincount(flat, minlength=total).reshape(planets, -1, 2)
        # whole numbers: fractions differ by (count_a m - count_b n) / (n m), without rounding
        m = points - n
        gap = (counts[..., 0] * m - counts[..., 1] * n).abs_().amax(dim=-1)
        return gap.double() / (n * m)
    signed = mass[:, None].expand(codes.shape).reshape(-1)
    sums = torch.bincount(flat, weights=signed, minlength=total).reshape(planets, n_centres, -1, 2)
    gaps = sums.sum(dim=-1).abs_().amax(dim=-1)
    return gaps.masked_fill_(mass[:, centres] == 0, 0.0).amax(dim=-1)


def _codes(ranks: Tensor, centres: slice, n: int) -> Tensor:
    """The orthant around each centre that holds each point (B, C, P), in the type of the ranks.

    Bit j + 1 says whether the point is at or above the centre in dimension j; bit 0 is 1 in sample b.
    """
    planets, dimensions, points = ranks.shape
    at = ranks[:, :, centres, None]
    codes = ranks.new_zeros(planets, at.shape[2], points)
    codes[..., n:] = 1
    above = torch.empty_like(codes)  # an integer: torch compares into its operands' type many times faster
    for j in range(dimensions):
        torch.ge(ranks[:, j, None], at[:, j], out=above)
        codes.add_(above, alpha=2 ** (j + 1))
    return codes


def _occupied(codes: Tensor) -> Tensor:
    """Codes (B, C, P) with the orthants that hold points numbered from 0, in their order."""
    orthants, order = (codes >> 1).sort(dim=-1)
    steps = torch.zeros_like(order)
    steps[..., 1:] = orthants[..., 1:] != orthants[..., :-1]
    numbers = torch.empty_like(order).scatter_(-1, order, steps.cumsum(dim=-1))
    return 2 * numbers + (codes & 1)


def _wide(total: int) -> torch.dtype:
    return torch.int32 if total < 2**31 else torch.int64
