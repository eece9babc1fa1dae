"""What is trained, and how: the part of an estimator that makes its networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from torch import Tensor, nn

from harness.components import Embedder
from harness.components.feature_module import Features
from harness.training.training_data import TrainingData


class Learner(ABC):
    """Makes the networks of an estimator, and trains them.

    `harness.training.ensemble.Ensemble` is the one for conditional densities.

    Attributes:
        columns: what each number in a row of the training's history is.
    """

    columns: ClassVar[tuple[str, ...]]

    @abstractmethod
    def learn(self, data: TrainingData) -> tuple[dict[str, nn.Module], Tensor]:
        """Make networks and train them; called by `fit` once, when the features are fitted.

        Returns:
            the trained networks, each by the name that its weights are saved under, and the history, a row of
            `columns` for each epoch (E, len(columns)).
        """

    @abstractmethod
    def untrained(self, features: Features, embedder: Embedder) -> dict[str, nn.Module]:
        """The same networks with the weights of none, on the CPU; called when a saved estimator is loaded.

        Arguments:
            features: as they were saved, embedder included.
            embedder: makes others.
        """

    def artifacts(self, directory: Path) -> None:
        """Write what else is worth keeping of the training; called after `learn` alone."""
