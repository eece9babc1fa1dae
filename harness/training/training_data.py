"""What the parts of an estimator are given to learn from."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from harness.components import Embedder
from harness.components.feature_module import Features
from harness.components.run import Run
from harness.data.split import Split
from harness.training.featurizer import Featurizer
from harness.training.pairs import Batch
from harness.training.sources import Sources


@dataclass(frozen=True)
class TrainingData:
    """What `fit` hands to an estimator's parts, once features and parameter space are fitted.

    Attributes:
        sources: what is learned from, and what is held out.
        first: batches of what is learned from, which the parameter space was fitted to.
        featurizer: from batches to what networks see.
        features: the fitted preprocessor, and the embedder that is saved with it.
        embedder: builds others.
        train, valid: the planets of the challenge.
        run: the surroundings.
    """

    sources: Sources
    first: Sequence[Batch]
    featurizer: Featurizer
    features: Features
    embedder: Embedder
    train: Split
    valid: Split
    run: Run

    @cached_property
    def held_out(self) -> list[Batch]:
        """Batches of planets held out, to validate on: always the same, noise included."""
        return self.sources.held_out.fixed(self.run.generator("validation"))

    def fresh_embedder(self) -> nn.Module:
        """An untrained embedder on the CPU, its first values from torch's own generator.

        One that was fitted to features with and without noise is that of the features: it is fitted once.
        """
        if self.embedder.denoising:
            return copy.deepcopy(self.features.embed).cpu()
        return self.embedder.build(self._first_features)

    @cached_property
    def _first_features(self) -> Tensor:
        return torch.cat([self.featurizer.features(batch.observations) for batch in self.first]).cpu()
