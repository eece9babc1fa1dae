"""How much one number says about another, with the uncertainty of the estimate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEIGHBOURS = 3
SUBSETS = 8  # that a sample is dealt into, to see by how much an estimate varies
DEALS = 3  # how often
LEAST = 4 * SUBSETS * NEIGHBOURS  # points for an estimate with an uncertainty


class MutualInformation(NamedTuple):
    """Mutual information in bits, and its 1-sigma uncertainty, each (A, B)."""

    value: Array
    error: Array


def mutual_information(x: Array, y: Array, seed: int = 0, neighbours: int = NEIGHBOURS) -> MutualInformation:
    r"""The mutual information between each column of x and each of y.

    It is 0 where they are independent, and does not change when either is stretched by a monotonic function:
    each column is brought to normal scores first, equal values in random order. The estimate is that of the
    nearest neighbours: with n_x and n_y the points nearer in one column than the k-th neighbour in both,

    .. math:: \psi(k) + \psi(N) - \langle \psi(n_x + 1) + \psi(n_y + 1) \rangle

    It may be slightly negative where there is none. The uncertainty is that of estimates from 8 disjoint
    subsets, scaled to the whole sample: a bootstrap would repeat points, whose neighbours then are
    themselves.

    Arguments:
        x: (N, A), finite.
        y: (N, B), finite.
        seed: of the order of equal values, and of the subsets.
        neighbours: k.

    Returns:
        values and uncertainties (A, B) [bits]; 0 of a column that does not vary; uncertainties are NaN of
        fewer than 96 points.

    Raises:
        ValueError: the numbers of rows differ, or there are no more than k.

    References:
        Kraskov, Stögbauer & Grassberger 2004, Estimating mutual information, Physical Review E 69, 066138,
        equation 8; Holmes & Nemenman 2019, Estimation of mutual information for real-valued data with error
        bars and controlled bias, Physical Review E 100, 022404, for the uncertainty.
    """
    if len(x) != len(y) or len(x) <= neighbours:
        raise ValueError(f"{len(x)} and {len(y)} rows: must be as many, and more than {neighbours}")
    generator = np.random.default_rng(seed)
    deals = [np.array_split(generator.permutation(len(x)), SUBSETS) for _ in range(DEALS)]
    value, error = np.zeros((x.shape[1], y.shape[1])), np.zeros((x.shape[1], y.shape[1]))
    varies_x, varies_y = np.ptp(x, axis=0) > 0, np.ptp(y, axis=0) > 0
    scores_x, scores_y = _normal_scores(x, generator), _normal_scores(y, generator)
    for a in np.flatnonzero(varies_x).tolist():
        for b in np.flatnonzero(varies_y).tolist():
            pair = np.stack([scores_x[:, a], scores_y[:, b]], axis=1)
            value[a, b] = _estimate(pair, neighbours)
            error[a, b] = np.nan if len(x) < LEAST else _uncertainty(pair, deals, neighbours)
    return MutualInformation(value, error)


def _normal_scores(columns: Array, generator: np.random.Generator) -> Array:
    """Each column's ranks as quantiles of a normal distribution, equal values in random order."""
    order = generator.permutation(len(columns))
    ranks = columns[order].argsort(axis=0, kind="stable").argsort(axis=0) + 1
    scores = np.empty_like(columns, dtype=np.float64)
    scores[order] = torch.special.ndtri(torch.as_tensor(ranks / (len(columns) + 1))).numpy()
    return scores


def _estimate(pair: Array, neighbours: int) -> float:
    """Of two columns (N, 2) [bits]."""
    from scipy.spatial import cKDTree  # half a second, of every command that imports a metric

    found, _ = cKDTree(pair).query(pair, k=neighbours + 1, p=np.inf)  # the nearest is the point itself
    within = np.nextafter(np.asarray(found)[:, -1], 0)
    total = float(_digamma(np.array([neighbours, len(pair)])).sum())
    for column in pair.T:
        ordered = np.sort(column)
        inside = np.searchsorted(ordered, column + within, "right") - np.searchsorted(
            ordered, column - within, "left"
        )
        total -= float(_digamma(inside).mean())  # the point itself is among them: n + 1
    return total / float(np.log(2))


def _digamma(counts: NDArray[np.intp]) -> Array:
    found: Array = torch.digamma(torch.as_tensor(counts, dtype=torch.float64)).numpy()
    return found


def _uncertainty(pair: Array, deals: list[list[NDArray[np.intp]]], neighbours: int) -> float:
    variances = [np.var([_estimate(pair[rows], neighbours) for rows in deal], ddof=1) for deal in deals]
    return float(np.sqrt(np.mean(variances) / SUBSETS))
