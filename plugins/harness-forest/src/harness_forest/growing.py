"""Growing one tree with scikit-learn and taking it over as tensors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from sklearn.tree import DecisionTreeRegressor  # type: ignore[import-untyped]

from harness_forest.forest import Forest


@dataclass(frozen=True)
class Rules:
    """How a tree is grown.

    Attributes:
        min_samples_leaf: least number of different training rows in a leaf.
        max_features: fraction of the features tried at each split.
        bootstrap: grow on as many rows as there are, drawn with replacement; else on all rows.
    """

    min_samples_leaf: int
    max_features: float
    bootstrap: bool


def grow_tree(
    features: NDArray[np.float32],
    targets: NDArray[np.float64],
    planets: NDArray[np.int64],
    rules: Rules,
    seed: int,
) -> Forest:
    """A forest of one tree.

    Arguments:
        features: (rows, F).
        targets: parameters of each row, on comparable scales (rows, P).
        planets: the training planet behind each row (rows,).
        rules: how to grow it.
        seed: decides everything that is random about it.
    """
    generator = np.random.default_rng(seed)
    n = len(features)
    counts = np.ones(n, dtype=np.int64)
    if rules.bootstrap:
        counts = np.bincount(generator.integers(n, size=n), minlength=n)
    tree = DecisionTreeRegressor(
        min_samples_leaf=rules.min_samples_leaf,
        max_features=rules.max_features,
        random_state=int(generator.integers(2**31)),
    )
    tree.fit(features, targets, sample_weight=counts.astype(np.float64), check_input=False)
    return as_forest(tree.tree_, features, counts, planets)


def as_forest(
    tree: Any, features: NDArray[np.float32], counts: NDArray[np.int64], planets: NDArray[np.int64]
) -> Forest:
    """A scikit-learn tree (the attribute `tree_`) with the rows that it was grown on.

    Arguments:
        tree: `sklearn.tree._tree.Tree`.
        features: of each row (rows, F).
        counts: how often each row was drawn (rows,); 0 for those that the tree has not seen.
        planets: the training planet behind each row (rows,).
    """
    nodes = np.arange(tree.node_count, dtype=np.int32)
    leaf = tree.children_left < 0
    drawn = counts > 0
    members = sparse.csr_array(
        sparse.coo_array(
            (counts[drawn].astype(np.int32), (tree.apply(features[drawn]), planets[drawn])),
            shape=(tree.node_count, planets.max() + 1),
        )
    )  # rows of one planet in one leaf are added up
    return Forest(
        feature=torch.from_numpy(np.where(leaf, 0, tree.feature).astype(np.int32)),
        threshold=torch.from_numpy(np.where(leaf, 0.0, tree.threshold)),
        left=torch.from_numpy(np.where(leaf, nodes, tree.children_left).astype(np.int32)),
        right=torch.from_numpy(np.where(leaf, nodes, tree.children_right).astype(np.int32)),
        roots=torch.zeros(1, dtype=torch.int32),
        start=torch.from_numpy(members.indptr.astype(np.int64)),
        planets=torch.from_numpy(members.indices.astype(np.int32)),
        counts=torch.from_numpy(members.data),
        gain=torch.from_numpy(_gain(tree))[None],
    )


def _gain(tree: Any) -> NDArray[np.float64]:
    """What the splits on each feature take off the variance of each target (F, P).

    A split of m rows into l and r whose means differ by d takes l r / m d^2 off the sum of squares.
    """
    split = np.flatnonzero(tree.children_left >= 0)
    left, right = tree.children_left[split], tree.children_right[split]
    size, mean = tree.weighted_n_node_samples, tree.value[..., 0]
    reduction = (size[left] * size[right] / size[split])[:, None] * (mean[left] - mean[right]) ** 2
    gain = np.zeros((tree.n_features, mean.shape[1]))
    np.add.at(gain, tree.feature[split], reduction)
    return np.asarray(gain / size[0])
