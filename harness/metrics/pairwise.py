"""Weighted sums of a function over all pairs of points, in bounded memory, forward and backward."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from harness.metrics.chunks import slices

# of points (B, n, D) and (B, m, D) of the planets in the slice: (B, n, m)
PairFunction = Callable[[Tensor, Tensor, slice], Tensor]


def euclidean(x: Tensor, y: Tensor) -> Tensor:
    """Distances (B, n, m) between points (B, n, D) and (B, m, D); where they are 0, so is the gradient.

    Differences are taken before they are squared, so nothing cancels.
    """
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


def pair_sum(
    function: PairFunction,
    x: Tensor,
    y: Tensor,
    mass_x: Tensor,
    mass_y: Tensor,
    without_self: bool = False,
) -> Tensor:
    """Sum of mass_x_i mass_y_j f(x_i, y_j) over all pairs (B,).

    Pairs are taken a chunk at a time. Where a gradient is wanted they are computed once more in the
    backward pass instead of being kept.

    Arguments:
        function: f, see `PairFunction`.
        x: (B, n, D).
        y: (B, m, D).
        mass_x: (B, n).
        mass_y: (B, m).
        without_self: leave out the pairs i = j, when x and y are the same sample.
    """
    planets, n = mass_x.shape
    m = mass_y.shape[1]
    recomputed = torch.is_grad_enabled() and (x.requires_grad or y.requires_grad)
    parts: list[Tensor] = []

    def part(x: Tensor, y: Tensor, mass_x: Tensor, mass_y: Tensor, some: slice, first: int) -> Tensor:
        values = function(x, y, some)
        total = (mass_x[:, None] @ values @ mass_y[..., None]).flatten()
        if without_self:
            mass = mass_x * mass_y[:, first : first + mass_x.shape[1]]
            total = total - (values.diagonal(first, dim1=1, dim2=2) * mass).sum(dim=1)
        return total

    for some in slices(planets, n * m, x.device):
        total = x.new_zeros(len(mass_x[some]))
        for rows in slices(n, len(total) * m, x.device):
            chunk = (x[some, rows], y[some], mass_x[some, rows], mass_y[some], some, rows.start)
            if recomputed:
                total = total + checkpoint(part, *chunk, use_reentrant=False, preserve_rng_state=False)
            else:
                total = total + part(*chunk)
        parts.append(total)
    return torch.cat(parts) if parts else x.new_zeros(0)


def discrepancy(
    function: PairFunction, a: Tensor, b: Tensor, mass_a: Tensor, mass_b: Tensor, unbiased: bool
) -> Tensor:
    r"""Mean of f within a, plus within b, minus twice that between them (B,).

    .. math:: \sum_{ij} v_i v_j f(a_i, a_j) + \sum_{ij} w_i w_j f(b_i, b_j) - 2 \sum_{ij} v_i w_j f(a_i, b_j)

    Unbiased leaves out i = j and divides by what is left, :math:`1 - \sum_i v_i^2`.
    """
    within = a.new_zeros(len(a))
    for sample, mass in ((a, mass_a), (b, mass_b)):
        total = pair_sum(function, sample, sample, mass, mass, without_self=unbiased)
        within = within + (total / (1.0 - mass.square().sum(dim=1)) if unbiased else total)
    return within - 2.0 * pair_sum(function, a, b, mass_a, mass_b)


def check_unbiased(mass_a: Tensor, mass_b: Tensor) -> None:
    """Refuse a sample that is one point: it has no pairs."""
    for name, mass in (("a", mass_a), ("b", mass_b)):
        if bool(((mass > 0).sum(dim=1) < 2).any()):
            raise ValueError(
                f"an unbiased estimate needs at least two points with weight, but {name} has one"
            )
