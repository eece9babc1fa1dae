"""The gradient of a step from the two halves of its batch, one of them computed by a process of its own.

The operations of a step are small: threads would wait for Python's lock most of the time, and several cores
at one operation for each other. Two processes do not. The second is a fork: network and objective are there,
whatever they are made of, and the weights and its gradients lie in memory that both have.

What is computed does not depend on whether there is a second process. It only helps: where none can be had,
or it fails, the first does all.
"""

from __future__ import annotations

import logging
import math
import mmap
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Generic, NamedTuple, NoReturn, TypeVar

import torch
from torch import Tensor

from harness.training.network import PosteriorNetwork
from harness.training.objective import Loss, Objective

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
# epoch, fraction of the training that was over at its beginning -> what each of its steps learns from
Items = Callable[[int, float], Iterator[Item]]

SHARDS = 2
ALIGNMENT = 64  # bytes


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
        network: whose weights get the gradients.
        objective: gives the losses.
        items: of an epoch; called in each of the processes, it must give the same every time.
        seed: of an epoch's random numbers, by its number.
    """

    def __init__(
        self,
        network: PosteriorNetwork,
        objective: Objective[Item],
        items: Items[Item],
        seed: Callable[[int], int],
    ) -> None:
        self.network = network
        self.objective = objective
        self.items = items
        self.seed = seed
        self.weights = [weight for weight in network.parameters() if weight.requires_grad]
        self.helper: Helper[Item] | None = None

    @contextmanager
    def helped(self) -> Iterator[None]:
        """Let a second process compute every second shard, where the system can fork."""
        if sys.platform != "linux":
            yield
            return
        own = [weight.data for weight in self.weights]
        shared = in_shared_memory(self.weights)
        for weight, there in zip(self.weights, shared, strict=True):
            weight.data = there
        self.helper = Helper(self)
        try:
            yield
        finally:
            self._dismiss()
            for weight, before in zip(self.weights, own, strict=True):
                weight.data = before.copy_(weight.data)

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
        self.gradients = in_shared_memory(shards.weights)
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
            for weight in shards.weights:
                weight.grad = None
            loss = shards.of_shard(1, item, place)
            grads = [weight.grad for weight in shards.weights]
            for there, grad in zip(self.gradients, grads, strict=True):
                if grad is not None:
                    there.copy_(grad)
            present = [grad is not None for grad in grads]
            connection.send((loss.value.item(), loss.bad.item(), loss.count, present))
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
            value, bad, count, present = self.connection.recv()
        except (EOFError, OSError):
            logger.info("the process that helped is gone; one goes on alone")
            return None
        for weight, gradient, there in zip(self.shards.weights, self.gradients, present, strict=True):
            if there:
                weight.grad = gradient.clone() if weight.grad is None else weight.grad.add_(gradient)
        return Loss(torch.tensor(value), torch.tensor(bad), count)

    def dismiss(self) -> None:
        """End it."""
        self.connection.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def in_shared_memory(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Copies of tensors on the CPU, in memory that this process and those forked later have in common."""
    sizes = [math.ceil(one.nbytes / ALIGNMENT) * ALIGNMENT for one in tensors]
    memory = torch.frombuffer(mmap.mmap(-1, max(sum(sizes), 1)), dtype=torch.uint8)
    copies = []
    for one, part in zip(tensors, torch.split(memory[: sum(sizes)], sizes), strict=True):
        copies.append(part[: one.nbytes].view(one.dtype).view(one.shape))
        copies[-1].copy_(one.detach())
    return copies
