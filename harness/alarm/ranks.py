"""p-values by rank among planets that were held out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

DECIDES = 1e-6  # of a p-value, far less than two ranks are apart


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
    return (1 + _as_large(_ordered(values), _ordered(held_out))).double() / (1 + len(held_out))


def least_p_values(values: Sequence[Tensor], held_out: Sequence[Tensor]) -> Tensor:
    """p-values of several statistics together, (N,) float64: the rank of the least p-value of any of them.

    Of the ways to take p-values together this one (and not Fisher's, the sum of their logarithms) was the
    best or equal to it on all shifts. The least of several is no p-value; its rank is, if each planet held
    out is treated as the planet that is asked about: ranked among all the others, that one included.

    Arguments:
        values: of each statistic those of N planets (N,), as for `rank_p_values`.
        held_out: of each statistic those of planets held out, the same ones in the same order (n,), as far as
            the shortest goes.

    Reference:
        L. H. C. Tippett, The Methods of Statistics, Williams and Norgate, 1931.
    """
    planets = min(map(len, held_out))
    asked, others = [], []
    for value, held in zip(map(_ordered, values), map(_ordered, held_out), strict=True):
        all_of_them = 1 + len(held)
        asked.append((1 + _as_large(value, held)).double() / all_of_them)
        own = held[:planets]
        as_large = _as_large(own, held) + (value[:, None] >= own)  # its own among them
        others.append(as_large.double() / all_of_them)
    as_strange = (_least(others) <= _least(asked)[:, None]).sum(dim=1)
    return (1 + as_strange).double() / (1 + planets)


def _least(p_values: Sequence[Tensor]) -> Tensor:
    """The least of several; of equals, as there are many among few planets, the others decide."""
    of_all = torch.stack(list(p_values))
    return of_all.amin(dim=0) + DECIDES * of_all.sum(dim=0)


def _ordered(values: Tensor) -> Tensor:
    """NaN is larger than any number."""
    return values.double().nan_to_num(torch.inf, torch.inf)


def _as_large(values: Tensor, held_out: Tensor) -> Tensor:
    """How many planets held out have at least as large a value (N,)."""
    return len(held_out) - torch.searchsorted(held_out.sort().values, values.contiguous())
