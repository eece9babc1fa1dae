"""A grown forest as tensors: its splits, and the training planets in its leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from harness.metrics.chunks import fitting

NODES_AT_ONCE = 2**21  # (planet, tree) pairs that are walked down together


@dataclass(frozen=True)
class Forest:
    """T binary trees with K nodes in all, over F features, P parameters and R training planets.

    Attributes:
        feature: the feature that each node splits on (K,), int32.
        threshold: a planet goes left where its feature is at most this (K,), float64.
        left, right: the two children (K,), int32; a leaf's children are itself.
        roots: the first node of each tree (T,), int32.
        start: node k holds entries `start[k]:start[k + 1]` of the two below, none unless it is a
            leaf (K + 1,), int64.
        planets: training planets, by row number (L,), int32.
        counts: how often each was drawn into its tree (L,), int32.
        gain: what each tree's splits on each feature take off the variance of each parameter
            (T, F, P), float64.
    """

    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    roots: Tensor
    start: Tensor
    planets: Tensor
    counts: Tensor
    gain: Tensor

    @classmethod
    def join(cls, forests: Sequence[Forest]) -> Self:
        """All trees of several forests over the same planets, in order."""
        nodes = np.cumsum([0, *(len(forest.feature) for forest in forests)]).tolist()
        entries = np.cumsum([0, *(len(forest.planets) for forest in forests)]).tolist()
        return cls(
            feature=torch.cat([forest.feature for forest in forests]),
            threshold=torch.cat([forest.threshold for forest in forests]),
            left=torch.cat([forest.left + by for forest, by in zip(forests, nodes, strict=False)]),
            right=torch.cat([forest.right + by for forest, by in zip(forests, nodes, strict=False)]),
            roots=torch.cat([forest.roots + by for forest, by in zip(forests, nodes, strict=False)]),
            start=torch.cat(
                [
                    *(forest.start[:-1] + by for forest, by in zip(forests, entries, strict=False)),
                    torch.tensor(entries[-1:]),
                ]
            ),
            planets=torch.cat([forest.planets for forest in forests]),
            counts=torch.cat([forest.counts for forest in forests]),
            gain=torch.cat([forest.gain for forest in forests]),
        )

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Self:
        """The forest whose attributes lie in `tensors` under their names."""
        return cls(**{field.name: tensors[field.name] for field in fields(cls)})

    def tensors(self) -> dict[str, Tensor]:
        """Every attribute under its name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def n_trees(self) -> int:
        return len(self.roots)

    def leaves(self, features: Tensor) -> Tensor:
        """The leaf of each tree (N, T) that features (N, F) fall into."""
        parts = torch.split(features.double(), fitting(NODES_AT_ONCE, self.n_trees))
        return torch.cat([self._leaves(part) for part in parts])

    def _leaves(self, features: Tensor) -> Tensor:
        """All planets go down all trees together, one level a step, until every one is in a leaf."""
        feature = self.feature.long()
        node = self.roots.long().expand(len(features), -1)
        while True:
            right = features.gather(1, feature[node]) > self.threshold[node]
            following = torch.where(right, self.right[node], self.left[node]).long()
            if torch.equal(following, node):
                return node
            node = following

    def membership(self, n_planets: int) -> sparse.csr_array:
        """The share of each training planet in each leaf (K, R); a leaf's shares sum to 1.

        A planet that was drawn twice into a tree counts twice, as it did when the tree was grown.
        """
        counts = self.counts.cpu().numpy().astype(np.float64)
        start = self.start.cpu().numpy()
        size = np.add.reduceat(np.append(counts, 0.0), start[:-1]) * (np.diff(start) > 0)
        shares = counts / np.repeat(size, np.diff(start))
        return sparse.csr_array(
            (shares, self.planets.cpu().numpy(), start), shape=(len(self.feature), n_planets)
        )


def weights_of_training_planets(leaves: Tensor, membership: sparse.csr_array) -> sparse.csr_array:
    """How much each training planet says about each observed one (N, R); rows sum to 1.

    The weight is the share of the training planet in the leaf that the observed planet falls into,
    averaged over trees. The weighted mean of the training parameters is the forest's prediction, and
    the weighted training planets are its conditional distribution.

    Arguments:
        leaves: the leaf of each tree (N, T).
        membership: shares of training planets in leaves (K, R).

    References:
        Meinshausen 2006, Quantile Regression Forests, Journal of Machine Learning Research 7, 983.
    """
    n_planets, n_trees = leaves.shape
    columns = leaves.cpu().numpy().ravel()
    visits = sparse.csr_array(
        (np.full(columns.size, 1.0 / n_trees), columns, np.arange(n_planets + 1) * n_trees),
        shape=(n_planets, membership.shape[0]),
    )
    weights: sparse.csr_array = visits @ membership
    weights.sort_indices()
    return weights
