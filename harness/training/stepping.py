"""One step of the optimisers, and what may go wrong in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch

from harness.components.run import Run
from harness.errors import HarnessError
from harness.training.flat_weights import FlatWeights
from harness.training.network import PosteriorNetwork
from harness.training.objective import Loss, Objective
from harness.training.shards import Place, Shards

Item = TypeVar("Item")


@dataclass
class Tally:
    """What happened over the steps of an epoch.

    Attributes:
        loss: sum over the steps.
        steps: how many there were.
        bad, count: losses that were not finite, of how many.
        skipped: steps not taken because their gradient was not finite.
    """

    loss: float = 0.0
    steps: int = 0
    bad: int = 0
    count: int = 0
    skipped: int = 0

    @property
    def mean_loss(self) -> float:
        taken = self.steps - self.skipped
        return self.loss / taken if taken else float("inf")


class Stepper(Generic[Item]):
    """Computes gradients, in parts where memory is short, and steps.

    Losses that are not finite are left out of the mean and counted; a step whose gradient is not
    finite is not taken, and counted too.

    Arguments:
        flat: the network's learned weights.
        network: to train.
        objective: gives the loss.
        optimizers: of these weights, each of some of them.
        clip: largest norm of the gradient.
        run: told when memory runs short.
        shards: compute the gradients instead, where there are several cores.
    """

    def __init__(
        self,
        flat: FlatWeights,
        network: PosteriorNetwork,
        objective: Objective[Item],
        optimizers: Sequence[torch.optim.Optimizer],
        clip: float,
        run: Run,
        shards: Shards[Item] | None = None,
    ) -> None:
        self.flat = flat
        self.shards = shards
        self.network = network
        self.objective = objective
        self.optimizers = optimizers
        self.clip = clip
        self.run = run
        self.parts = 1

    def step(self, item: Item, place: Place, tally: Tally) -> bool:
        """Take one step, unless its gradient is not finite; whether it was taken."""
        gradient = self.flat.gradient.zero_()
        loss = self._gradient(item, place.done) if self.shards is None else self.shards.gradient(item, place)
        norm = torch.linalg.vector_norm(gradient)
        # one transfer from the device for all of it
        value, missing, size = torch.stack([one.double() for one in (loss.value, loss.bad, norm)]).tolist()
        finite = bool(size < float("inf") and missing < loss.count)
        if finite:
            if size > self.clip:
                gradient.mul_(self.clip / size)
            for optimizer in self.optimizers:
                optimizer.step()
            tally.loss += value
        tally.skipped += not finite
        tally.steps += 1
        tally.bad += int(missing)
        tally.count += loss.count
        return finite

    def _gradient(self, item: Item, done: float) -> Loss:
        """In as many parts as memory asks for."""
        while True:
            try:
                return self._in_parts(item, done)
            except torch.OutOfMemoryError as error:
                self._halve(item, error)

    def _in_parts(self, item: Item, done: float) -> Loss:
        parts = self.objective.split(item, self.parts)
        losses = []
        for part in parts:
            one = self.objective.loss(self.network, part, done)
            (one.value / len(parts)).backward()  # type: ignore[no-untyped-call]
            losses.append(one)
        return Loss.of_parts(losses)

    def _halve(self, item: Item, error: torch.OutOfMemoryError) -> None:
        self.flat.gradient.zero_()
        if len(self.objective.split(item, 2 * self.parts)) <= self.parts:
            raise HarnessError(
                "The device has too little memory for a batch of a single planet; use a smaller network or "
                "--device cpu."
            ) from error
        self.parts *= 2
        torch.cuda.empty_cache()
        self.run.warn(
            f"the device's memory is too small for a batch: it is now computed in {self.parts} parts."
        )
