"""The gradient of a step from the two halves of its batch, one of them computed by a process of its own.

The operations of a step are small: threads would wait for Python's lock most of the time, and several cores
at one operation for each other. Two processes do not. The second is a fork: network and objective are there,
whatever they are made of, and the weights and its gradients lie in memory that both have.

What is computed does not depend on whether there is a second process. It only helps: where none can be had,
or it fails, the first does all.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Generic, NamedTuple, NoReturn, TypeVar

import torch

from harness.training.flat_weights import FlatWeights, shared_memory
from harness.training.network import PosteriorNetwork
from harness.training.objective import Loss, Objective

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
# epoch, fraction of the training that was over at its beginning -> what each of its steps learns from
Items = Callable[[int, float], Iterator[Item]]

SHARDS = 2


class Place(NamedTuple):
    """Where in the training a step is.

    Attributes:
        epoch: number of the epoch, from 0.
        begun: the fraction of the training that was over at the beginning of the epoch.
        step: number of the step, from 0.
        done: the fraction of the training that is over.
    """

    epoch: int
    begun: float
    step: int
    done: float


class Shards(Generic[Item]):
    """Computes the gradients of steps, shard by shard.

    Arguments:
        flat: the weights that get the gradients.
        network: whose weights these are.
        objective: gives the losses.
        items: of an epoch; called in each of the processes, it must give the same every time.
        seed: of an epoch's random numbers, by its number.
    """

    def __init__(
        self,
        flat: FlatWeights,
        network: PosteriorNetwork,
        objective: Objective[Item],
        items: Items[Item],
        seed: Callable[[int], int],
    ) -> None:
        self.flat = flat
        self.network = network
        self.objective = objective
        self.items = items
        self.seed = seed
        self.helper: Helper[Item] | None = None

    @contextmanager
    def helped(self) -> Iterator[None]:
        """Let a second process compute every second shard, where the system can fork."""
        if sys.platform != "linux":
            yield
            return
        own = self.flat.values.data
        self.flat.move(shared_memory(own))
        self.helper = Helper(self)
        try:
            yield
        finally:
            self._dismiss()
            self.flat.move(own)

    def _dismiss(self) -> None:
        if self.helper is not None:
            self.helper.dismiss()
            self.helper = None

    def gradient(self, item: Item, place: Place) -> Loss:
        """The loss of a step, without gradients; the weights have its gradient."""
        if self.helper is not None and not self.helper.begin(place):
            self._dismiss()
        losses = [self.of_shard(0, item, place)]
        helped = None if self.helper is None else self.helper.end()
        if helped is None:
            self._dismiss()
            helped = self.of_shard(1, item, place)
        losses += [helped] if helped.count else []
        return Loss.of_parts(losses)

    def of_shard(self, number: int, item: Item, place: Place) -> Loss:
        """Add the gradient of one shard's loss to what the weights have; no loss where there is no shard."""
        shards = self.objective.split(item, SHARDS)
        if number >= len(shards):
            return Loss(torch.zeros(()), torch.zeros((), dtype=torch.int64), 0)
        torch.default_generator.manual_seed((self.seed(place.epoch) + SHARDS * place.step + number) % 2**63)
        loss = self.objective.loss(self.network, shards[number], place.done)
        (loss.value / len(shards)).backward()  # type: ignore[no-untyped-call]
        return loss


class Helper(Generic[Item]):
    """The second process.

    Arguments:
        shards: which it computes the second of.
    """

    def __init__(self, shards: Shards[Item]) -> None:
        self.shards = shards
        self.gradient = shared_memory(shards.flat.values.data)
        self.connection, theirs = Pipe()
        with warnings.catch_warnings():
            # The child uses none of the threads and locks that Python warns of: one thread, no output.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            self.connection.close()
            self._serve(theirs)
        theirs.close()

    def _serve(self, connection: Connection) -> NoReturn:
        """What the child does, until its parent is gone."""
        try:
            for number in (signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)  # the parent's business
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            logging.disable()
            torch.set_num_threads(1)  # a fork has none of the threads that its parent shares operations with
            self.shards.network.train()
            self.shards.flat.gather_gradients(self.gradient)
            self._compute(connection)
        finally:  # whatever it was: nothing of the parent's is cleaned up, or printed, a second time
            os._exit(0)

    def _compute(self, connection: Connection) -> None:
        shards, current, item = self.shards, None, None
        items: Iterator[Item] = iter(())
        while True:
            place = Place(*connection.recv())
            if place.epoch != current:
                current, items = place.epoch, shards.items(place.epoch, place.begun)
                item = next(items)
            assert item is not None
            self.gradient.zero_()
            loss = shards.of_shard(1, item, place)
            connection.send((loss.value.item(), loss.bad.item(), loss.count))
            item = next(items, None)  # while the parent takes the step

    def begin(self, place: Place) -> bool:
        """Let it begin with a step; whether it still lives."""
        try:
            self.connection.send(place)
        except OSError:
            return False
        return True

    def end(self) -> Loss | None:
        """Wait for its loss and add its gradient to what the weights have; None if it has failed."""
        try:
            value, bad, count = self.connection.recv()
        except (EOFError, OSError):
            logger.info("the process that helped is gone; one goes on alone")
            return None
        self.shards.flat.gradient.add_(self.gradient)
        return Loss(torch.tensor(value), torch.tensor(bad), count)

    def dismiss(self) -> None:
        """End it."""
        self.connection.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
