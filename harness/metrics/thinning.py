"""Fewer weighted rows that stand for all of them."""

from __future__ import annotations

import torch
from torch import Tensor

from harness.metrics.resampling import rows_at


@torch.no_grad()
def thinned_rows(weights: Tensor, n: int, u: Tensor) -> tuple[Tensor, Tensor]:
    r"""Which n of M weighted rows to keep, each at most once, and their new weights.

    With the threshold c for which :math:`\sum_i \min(1, w_i / c) = n`, a row of weight w_i above c keeps its
    weight, and another is kept with probability w_i / c and then has the weight c. So the weight of every row
    is what it was in the mean, :math:`\min(1, w_i / c) \max(w_i, c) = w_i`, whence sums over the rows are
    unbiased; their total is what it was exactly. Of all unbiased ways to keep n rows this one has the least
    expected squared change of the weights.

    Where no more than n rows have weight, all of them are kept as they are, and filled up with rows of weight
    zero.

    Arguments:
        weights: (..., M), not negative, of any positive sum.
        n: how many rows are kept, from 1 to M.
        u: one uniform number in [0, 1) for each set of rows (...), on any device.

    Returns:
        row numbers (..., n), int64, ascending; weights of these rows (..., n), float64, that sum to 1.

    References:
        Fearnhead & Clifford 2003, On-line inference for hidden Markov models via particle filters, J. R.
        Statist. Soc. B 65, 887, section 4.2; Duffield, Lund & Thorup 2007, Priority sampling for estimation
        of arbitrary subset sums, J. ACM 54, 32 (a threshold as well, but with independent draws).
    """
    total = weights.double().sum(dim=-1, keepdim=True)
    largest_first, order = (weights.double() / total).sort(dim=-1, descending=True, stable=True)
    threshold = _threshold(largest_first, n)
    share = torch.where(largest_first >= threshold, 1.0, largest_first / threshold)
    share = share.where(largest_first > 0, 0)
    # The rows that are surely kept come first: their sums are whole numbers, free of rounding.
    positions = u.double().to(weights.device)[..., None] + torch.arange(n, device=weights.device)
    drawn = rows_at(share.cumsum(dim=-1), positions)
    few = (largest_first > 0).sum(dim=-1, keepdim=True) <= n
    first = torch.arange(n, device=weights.device).expand_as(drawn)
    drawn = torch.where(few, first, drawn)
    kept = torch.maximum(largest_first.gather(-1, drawn), threshold)
    kept = torch.where(few, largest_first.gather(-1, drawn), kept)
    rows, ascending = order.gather(-1, drawn).sort(dim=-1)
    kept = kept.gather(-1, ascending)
    return rows, kept / kept.sum(dim=-1, keepdim=True)


def _threshold(largest_first: Tensor, n: int) -> Tensor:
    """The c (..., 1) for which the sum of min(1, w / c) is n; without meaning where fewer have weight."""
    rest = largest_first.flip(-1).cumsum(dim=-1).flip(-1)[..., :n]  # of each weight and all smaller ones
    surely = torch.arange(n, device=largest_first.device)  # so many of the largest keep their weight
    candidates = rest / (n - surely)
    below = largest_first[..., :n] <= candidates
    first = below.to(torch.int8).argmax(dim=-1, keepdim=True)
    return candidates.gather(-1, first).clamp(min=torch.finfo(torch.float64).tiny)
