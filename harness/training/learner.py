"""The part of an estimator that makes its networks and trains them."""

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

    `harness.training.ensemble.Ensemble` is the learner of conditional densities.

    Attributes:
        columns: names of the numbers in each row of the history.
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
        """The same networks, untrained and on the CPU; called when a saved estimator is loaded.

        Arguments:
            features: the loaded features, with their embedder.
            embedder: makes the embedders of further networks.
        """

    def artifacts(self, directory: Path) -> None:
        """Write files that are worth keeping of the training into a folder; called after `learn`."""
