"""How well a growing forest predicts planets that it has not seen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from harness_forest.forest import Forest


class Validation:
    """R2 of the mean of all trees so far, kept up to date batch by batch.

    Arguments:
        features: of the validation planets (N, F).
        truth: their parameters, scaled (N, P).
        targets: the parameters of the training planets, scaled alike (R, P).
    """

    def __init__(self, features: Tensor, truth: NDArray[np.float64], targets: NDArray[np.float64]) -> None:
        self.features = features
        self.truth = truth
        self.targets = targets
        self.total = np.zeros_like(truth)
        self.trees = 0

    def add(self, batch: Forest) -> None:
        """Take more trees into account."""
        leaves = batch.leaves(self.features).numpy()
        means = batch.membership(len(self.targets)) @ self.targets
        self.total += means[leaves].sum(axis=1)
        self.trees += batch.n_trees

    def metrics(self) -> dict[str, float]:
        """R2 averaged over the parameters that vary; nothing where there is nothing to predict."""
        if self.trees == 0 or len(self.truth) == 0:
            return {}
        variance = self.truth.var(axis=0)
        varies = variance > 0
        if not varies.any():
            return {}
        error = ((self.total / self.trees - self.truth) ** 2).mean(axis=0)
        return {"valid_r2": float((1 - error[varies] / variance[varies]).mean())}
