"""What a network is trained to make small, and how well it does on planets held out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from harness.training.featurizer import FeaturizedBatch
from harness.training.network import PosteriorNetwork
from harness.training.pairs import Batch
from harness.training.training_data import TrainingData

Item = TypeVar("Item")


@dataclass(frozen=True)
class Loss:
    """A loss to be made small, and how many of the numbers behind it were not finite.

    Attributes:
        value: mean of the finite ones, a scalar with gradients.
        bad: how many were not finite, and were left out (scalar tensor).
        count: how many there were.
    """

    value: Tensor
    bad: Tensor
    count: int

    @classmethod
    def mean(cls, losses: Tensor) -> Loss:
        """Of losses (K,), the mean over the finite ones."""
        good = torch.isfinite(losses)
        value = torch.where(good, losses, 0.0).sum() / good.sum().clamp(min=1)
        return cls(value, (~good).sum(), losses.numel())


class Objective(ABC, Generic[Item]):
    """Gives the work of each step, and the loss on it.

    Made once for all networks of an estimator; called by `harness.training.trainer.Trainer`. An `Item` is
    whatever one step learns from, such as a `Batch`.
    """

    @abstractmethod
    def epoch(self, steps: int, done: float, generator: torch.Generator) -> Iterator[Item]:
        """The work of each step of an epoch, called as it begins.

        Arguments:
            steps: so many items.
            done: the fraction of the training that is over, 0 to 1.
            generator: of the epoch: all that is random comes from it, so that a resumed training is the same.
        """

    @abstractmethod
    def split(self, item: Item, parts: int) -> list[Item]:
        """A step's work in so many parts, fewer where it cannot be divided further.

        Called at each step; with more than one part where a device has too little memory for the whole.
        """

    @abstractmethod
    def loss(self, network: PosteriorNetwork, item: Item, done: float) -> Loss:
        """The loss on a step's work, or on a part of it, called at each step; gradients are taken of it."""

    @abstractmethod
    def validation(self, network: PosteriorNetwork) -> float:
        """The loss on planets held out, called after each epoch with the average of the weights.

        It must compare from one epoch to the next: the same planets with the same noise.
        """


# called by `fit` once, when features and parameter space are fitted
ObjectiveFactory = Callable[[TrainingData], Objective[Any]]


class MaximumLikelihood(Objective[Batch]):
    """The mean of -log q(theta | observation).

    Over draws of the joint density this is, up to a constant, the expected Kullback-Leibler divergence
    of the posterior from q (Papamakarios & Murray 2016, https://arxiv.org/abs/1605.06376).

    Arguments:
        data: where batches come from.
        batch: rows of each step.
    """

    def __init__(self, data: TrainingData, batch: int) -> None:
        self.featurizer = data.featurizer
        self.supervision = data.sources.train
        self.batch = batch
        self.held_out = [data.featurizer(one) for one in data.held_out]

    def epoch(self, steps: int, done: float, generator: torch.Generator) -> Iterator[Batch]:
        return self.supervision.batches(steps, self.batch, generator)

    def split(self, item: Batch, parts: int) -> list[Batch]:
        return item.split(parts)

    def loss(self, network: PosteriorNetwork, item: Batch, done: float) -> Loss:
        return Loss.mean(network.losses(self.featurizer(item)))

    def validation(self, network: PosteriorNetwork) -> float:
        return mean_loss(network, self.held_out)


def mean_loss(network: PosteriorNetwork, held_out: Sequence[FeaturizedBatch]) -> float:
    """Mean loss over all rows, infinite where one is not a number."""
    with torch.no_grad():
        losses = torch.cat([network.losses(one) for one in held_out])
    return float(torch.nan_to_num(losses.double().mean(), nan=torch.inf))
