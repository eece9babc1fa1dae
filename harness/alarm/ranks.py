"""p-values by rank among planets that were held out."""

from __future__ import annotations

import torch
from torch import Tensor


def rank_p_values(values: Tensor, held_out: Tensor) -> Tensor:
    """(1 + number of held-out values that are as large) / (1 + number of held-out values), (N,) float64.

    Whatever the statistic, at most a share p of planets like those held out has a p-value of p or less.

    Arguments:
        values: of N planets (N,), larger being stranger; one that is NaN is the strangest.
        held_out: of n planets that nothing was learned from (n,).

    Reference:
        V. Vovk, A. Gammerman and G. Shafer, Algorithmic Learning in a Random World, Springer, 2005, section
        2.2.
    """
    infinite = torch.inf
    ordered = held_out.double().nan_to_num(infinite, infinite).sort().values
    below = torch.searchsorted(ordered, values.double().nan_to_num(infinite, infinite).contiguous())
    return (1 + len(ordered) - below).double() / (1 + len(ordered))


def least(*p_values: Tensor) -> Tensor:
    """How strange planets are by the least of their p-values (N,): larger is stranger.

    Of the ways to take two p-values together this one (and not Fisher's, the sum of their logarithms) was the
    best or equal to it on all shifts. It is no p-value; its rank among planets held out is.

    Reference:
        L. H. C. Tippett, The Methods of Statistics, Williams and Norgate, 1931.
    """
    return -torch.stack(p_values).amin(dim=0)
