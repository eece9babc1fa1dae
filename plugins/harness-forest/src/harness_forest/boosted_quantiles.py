"""A density made of boosted trees: one sum of trees for each quantile of each parameter."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from harness.metrics.chunks import fitting
from harness.training import ConditionalDensity
from harness_forest.quantile_function import QuantileFunction, equal_scores

LARGEST_SCORE = 2.0  # the outermost quantiles are those of 2.3% and 97.7%
ENOUGH = 1000  # planets held out to learn a copula from
NODES_AT_ONCE = 2**21  # (planet, tree) pairs that are walked down together


class BoostedQuantiles(ConditionalDensity):
    """Quantiles of each parameter by boosted trees, and a normal copula that ties the parameters together.

    Everything is a tensor of a fixed shape, so that a saved one is loaded without what grew its trees: trees
    smaller than the largest are filled up with nodes that nothing reaches.

    Arguments:
        n_parameters: P.
        n_context: C, the features that trees split on.
        levels: quantiles of each parameter K.
        iterations: trees of each quantile T, at most.
        leaves: of a tree L, at most.
    """

    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    scores: Tensor
    correlation: Tensor

    def __init__(self, n_parameters: int, n_context: int, levels: int, iterations: int, leaves: int) -> None:
        super().__init__(n_parameters, n_context)
        self.levels = levels
        shape = (n_parameters * levels, iterations, 2 * leaves - 1)
        itself = torch.arange(shape[2], dtype=torch.int32).expand(shape).contiguous()
        self.register_buffer("feature", torch.zeros(shape, dtype=torch.int32))
        self.register_buffer("threshold", torch.zeros(shape, dtype=torch.float64))
        self.register_buffer("left", itself.clone())
        self.register_buffer("right", itself)
        self.register_buffer("scores", equal_scores(levels, LARGEST_SCORE))
        self.register_buffer("correlation", torch.eye(n_parameters))
        # what is learned as numbers of the density's own precision
        self.value = nn.Parameter(torch.zeros(shape), requires_grad=False)
        self.baseline = nn.Parameter(torch.zeros(shape[0]), requires_grad=False)

    def take(self, parameter: int, level: int, model: Any) -> None:
        """Take over a fitted `HistGradientBoostingRegressor` as this quantile of this parameter.

        scikit-learn has no public access to these trees; the attributes are the same from its release 1.4 on.
        """
        row = parameter * self.levels + level
        self.baseline[row] = float(np.ravel(model._baseline_prediction)[0])
        for number, (tree,) in enumerate(model._predictors):
            nodes = tree.nodes
            inner = np.flatnonzero(nodes["is_leaf"] == 0)
            places = torch.from_numpy(inner)
            for ours, theirs in (
                (self.feature, "feature_idx"),
                (self.threshold, "num_threshold"),
                (self.left, "left"),
                (self.right, "right"),
            ):
                ours[row, number, places] = torch.from_numpy(nodes[theirs][inner].astype(np.float64)).to(ours)
            self.value[row, number, : len(nodes)] = torch.from_numpy(nodes["value"].astype(np.float32))

    def take_constants(self, parameter: int, quantiles: Tensor) -> None:
        """Quantiles (K,) of a parameter that are the same whatever the features."""
        rows = slice(parameter * self.levels, (parameter + 1) * self.levels)
        self.baseline[rows] = quantiles.to(self.baseline)

    def take_correlation(self, theta: Tensor, context: Tensor) -> None:
        """Learn the copula from parameters (N, P) whose contexts (N, C) the trees have not seen.

        It is the correlation of the normal scores of the parameters within their predicted distributions.
        """
        theta, context = theta[:ENOUGH], context[:ENOUGH]
        scores, _ = self._scores(theta[:, None], context[:, None])
        scores = scores[:, 0].double().clamp(-2 * LARGEST_SCORE, 2 * LARGEST_SCORE)
        p = self.n_parameters
        correlation = torch.corrcoef(scores.T).reshape(p, p).nan_to_num(0.0)
        n = len(scores)  # with few planets less is believed, which keeps it positive definite too
        correlation *= n / (n + 10.0 * p)
        correlation.fill_diagonal_(1.0)
        self.correlation.copy_(correlation)

    def predicted(self, context: Tensor, parameters: slice = slice(None)) -> Tensor:
        """The quantiles (N, p, K) of some parameters at contexts (N, C), in whatever order the trees give."""
        first, last, _ = parameters.indices(self.n_parameters)
        rows = slice(first * self.levels, last * self.levels)
        trees = (last - first) * self.levels * self.feature.shape[1]
        parts = [self._summed(part, rows) for part in torch.split(context, fitting(NODES_AT_ONCE, trees))]
        return torch.cat(parts).reshape(len(context), last - first, self.levels)

    def _summed(self, context: Tensor, rows: slice) -> Tensor:
        """Sums of trees (N, rows); all planets go down all trees together, one level a step."""
        nodes = self.feature.shape[2]
        feature, threshold = self.feature[rows].flatten().long(), self.threshold[rows].flatten()
        left, right = self.left[rows].flatten().long(), self.right[rows].flatten().long()
        first = torch.arange(0, len(feature), nodes, device=context.device)
        node = first.expand(len(context), -1)
        while True:
            goes_right = context.gather(1, feature[node]) > threshold[node]
            following = first + torch.where(goes_right, right[node], left[node])
            if torch.equal(following, node):
                break
            node = following
        leaves = self.value[rows].flatten()[node].reshape(len(context), *self.feature[rows].shape[:2])
        return leaves.sum(dim=2) + self.baseline[rows]

    def quantile_function(self, context: Tensor) -> QuantileFunction:
        """The marginal of each parameter (N, P) given contexts (N, C)."""
        return QuantileFunction(self.scores, self.predicted(self.in_own_dtype(context)))

    def _scores(self, theta: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Normal scores (B, n, P) of parameters and logarithms of their slopes, for contexts (B, 1, C)."""
        scores, slopes = self.quantile_function(context[:, 0]).scores(theta.mT)
        return scores.mT, slopes.mT

    def log_prob_of_rows(self, theta: Tensor, context: Tensor) -> Tensor:
        if context.shape[1] != 1:  # a context of its own for each row
            rows = theta.reshape(-1, 1, theta.shape[-1]), context.reshape(-1, 1, context.shape[-1])
            return self.log_prob_of_rows(*rows).reshape(theta.shape[:2])
        scores, slopes = self._scores(theta, context)
        root = torch.linalg.cholesky(self.correlation)
        white = torch.linalg.solve_triangular(root, scores.mT, upper=False).mT
        constant = self.n_parameters * math.log(2 * math.pi) + 2 * root.diagonal().log().sum()
        log_density: Tensor = slopes.sum(-1) - 0.5 * (white.square().sum(-1) + constant)
        return log_density

    def transport(self, noise: Tensor, context: Tensor) -> Tensor:
        scores = noise @ torch.linalg.cholesky(self.correlation).T
        theta: Tensor = self.quantile_function(context[:, 0])(scores.mT).mT
        return theta
