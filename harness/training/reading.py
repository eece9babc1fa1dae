"""From what is observed to what networks see: the fitted preprocessor and the parameter space."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from harness.training.network import Prepared
from harness.training.pairs import Batch, Observed
from harness.training.space import ParameterSpace


class Reading:
    """Applies the preprocessor, which is not trained, to batches.

    Arguments:
        preprocess: (spectrum, noise, auxiliary) -> features (B, F).
        space: of the parameters.
    """

    def __init__(self, preprocess: nn.Module, space: ParameterSpace) -> None:
        self.preprocess = preprocess
        self.space = space

    def __call__(self, batch: Batch) -> Prepared:
        with torch.no_grad():
            transform = self.space.transform(batch.seen[batch.owner])
            parameters = self.space.standardised(self.space.off_bounds(batch.parameters), transform)
            return Prepared(self.features(batch.seen), parameters, batch.owner, batch.rows)

    def features(self, seen: Observed) -> Tensor:
        """Features (B, F) float32, without gradients."""
        with torch.no_grad():
            features: Tensor = self.preprocess(seen.spectrum, seen.noise, seen.auxiliary)
        return features.float()
