"""What a network is trained to make small, in training and on planets held out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor

from harness.training.featurizer import FeaturizedBatch
from harness.training.network import PosteriorNetwork
from harness.training.pairs import Batch
from harness.training.training_data import TrainingData

Item = TypeVar("Item")

ROWS_TOGETHER = 4096  # whose features are computed at once, which costs little more than those of a step


@dataclass(frozen=True)
class Loss:
    """A mean of losses, and how many of them were not finite.

    Attributes:
        value: the mean of the finite losses, a scalar with gradients.
        bad: how many were not finite and were left out, a scalar tensor.
        count: how many there were.
    """

    value: Tensor
    bad: Tensor
    count: int

    @classmethod
    def mean(cls, losses: Tensor) -> Loss:
        """The mean of losses (K,)."""
        good = torch.isfinite(losses)
        value = torch.where(good, losses, 0.0).sum() / good.sum().clamp(min=1)
        return cls(value, (~good).sum(), losses.numel())

    @classmethod
    def of_parts(cls, losses: Sequence[Loss]) -> Loss:
        """The mean of the losses of a batch's parts, without gradients."""
        value = torch.stack([one.value.detach() for one in losses]).mean()
        return cls(value, torch.stack([one.bad for one in losses]).sum(), sum(one.count for one in losses))


class Objective(ABC, Generic[Item]):
    """What each step of a training learns from, and the loss on it.

    One objective serves all networks of an estimator. `harness.training.trainer.Trainer` calls it. An `Item`
    is what one step learns from, such as a `FeaturizedBatch`.
    """

    @abstractmethod
    def epoch(self, steps: int, done: float, generator: torch.Generator) -> Iterator[Item]:
        """An item for each step of an epoch; called at its beginning.

        Arguments:
            steps: how many items.
            done: the fraction of the training that is over, 0 to 1.
            generator: the epoch's own; draw from no other, so that a resumed training gives the same result.
        """

    @abstractmethod
    def split(self, item: Item, parts: int) -> list[Item]:
        """An item in so many parts, or fewer where it cannot be divided further.

        Called at each step. There is more than one part where the device has too little memory for a whole
        item, and where a second process computes one of two; the gradient is then the mean of those of the
        parts.
        """

    @abstractmethod
    def loss(self, network: PosteriorNetwork, item: Item, done: float) -> Loss:
        """The loss on an item or a part of one; called at each step, and differentiated.

        It may be called in a process of its own: what it draws comes from torch's own generator, which is
        seeded for it, and what it keeps is lost.
        """

    @abstractmethod
    def validation(self, network: PosteriorNetwork) -> float:
        """The loss on planets held out; called after each epoch with the averaged weights.

        Take the same planets with the same noise every time, so that epochs can be compared.
        """


# called by `fit` once, when features and parameter space are fitted
ObjectiveFactory = Callable[[TrainingData], Objective[Any]]


class MaximumLikelihood(Objective[FeaturizedBatch]):
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

    def epoch(self, steps: int, done: float, generator: torch.Generator) -> Iterator[FeaturizedBatch]:
        batches = self.supervision.batches(steps, self.batch, generator)
        together = max(1, ROWS_TOGETHER // self.batch)
        while several := list(islice(batches, together)):
            yield from self.featurizer(Batch.join(several)).split(len(several))

    def split(self, item: FeaturizedBatch, parts: int) -> list[FeaturizedBatch]:
        return item.split(parts)

    def loss(self, network: PosteriorNetwork, item: FeaturizedBatch, done: float) -> Loss:
        return Loss.mean(network.losses(item))

    def validation(self, network: PosteriorNetwork) -> float:
        return mean_loss(network, self.held_out)


def mean_loss(network: PosteriorNetwork, held_out: Sequence[FeaturizedBatch]) -> float:
    """Mean loss over all rows, infinite where one is not a number."""
    with torch.no_grad():
        losses = torch.cat([network.losses(one) for one in held_out])
    return float(torch.nan_to_num(losses.double().mean(), nan=torch.inf))
