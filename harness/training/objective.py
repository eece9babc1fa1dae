"""What a network is trained to make small, and how well it does on planets held out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor

from harness.training.network import PosteriorNetwork, Prepared
from harness.training.pairs import Batch
from harness.training.reading import Reading
from harness.training.supervision import Supervision

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
    """Gives the work of each step, and the loss on it."""

    @abstractmethod
    def epoch(self, steps: int, done: float, generator: torch.Generator) -> Iterator[Item]:
        """The work of each step of an epoch that begins at the fraction `done` of the training."""

    @abstractmethod
    def split(self, item: Item, parts: int) -> list[Item]:
        """A step's work in so many parts, fewer where it cannot be divided further."""

    @abstractmethod
    def loss(self, network: PosteriorNetwork, item: Item, done: float) -> Loss:
        """The loss on a step's work, or on a part of it."""

    @abstractmethod
    def validation(self, network: PosteriorNetwork) -> float:
        """The loss on planets held out, comparable from one epoch to the next."""


class Likelihood(Objective[Batch]):
    """Maximum likelihood: the mean of -log q(theta | observation).

    Over draws of the joint density this is, up to a constant, the expected Kullback-Leibler divergence
    of the posterior from q (Papamakarios & Murray 2016, https://arxiv.org/abs/1605.06376).

    Arguments:
        reading: from batches to what networks see.
        supervision: where pairs come from.
        batch: rows of each step.
        held_out: fixed batches to validate on.
    """

    def __init__(
        self, reading: Reading, supervision: Supervision, batch: int, held_out: Sequence[Batch]
    ) -> None:
        self.reading = reading
        self.supervision = supervision
        self.batch = batch
        with torch.no_grad():
            self.held_out = [reading(one) for one in held_out]

    def epoch(self, steps: int, done: float, generator: torch.Generator) -> Iterator[Batch]:
        return self.supervision.batches(steps, self.batch, generator)

    def split(self, item: Batch, parts: int) -> list[Batch]:
        return item.split(parts)

    def loss(self, network: PosteriorNetwork, item: Batch, done: float) -> Loss:
        return Loss.mean(network.losses(self.reading(item)))

    def validation(self, network: PosteriorNetwork) -> float:
        return mean_loss(network, self.held_out)


def mean_loss(network: PosteriorNetwork, held_out: Sequence[Prepared]) -> float:
    """Mean loss over all rows, infinite where one is not a number."""
    with torch.no_grad():
        losses = torch.cat([network.losses(one) for one in held_out])
    return float(torch.nan_to_num(losses.double().mean(), nan=torch.inf))
