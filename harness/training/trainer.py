"""Training one network: epochs, early stopping, checkpoints, a time budget."""

from __future__ import annotations

import copy
import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from harness.components.cores import on_one_core
from harness.components.progress import Advance
from harness.components.run import Run
from harness.errors import HarnessError
from harness.training.averaging import WeightAverage
from harness.training.checkpoint import Progress, read_checkpoint, write_checkpoint
from harness.training.clock import Clock
from harness.training.flat_weights import FlatWeights
from harness.training.network import PosteriorNetwork
from harness.training.objective import Objective
from harness.training.optimizers import Rule, optimizers_of
from harness.training.schedule import Shape, rate_factor
from harness.training.shards import Place, Shards
from harness.training.stepping import Stepper, Tally

logger = logging.getLogger(__name__)

PLATEAU_PATIENCE, PLATEAU_FACTOR = 5, 0.5
WORTH_DIVIDING = 1e8  # multiplications of a step, from which on it is divided into shards
WORTH_SHARING = 1e9  # multiplications of a step, from which on several cores at one operation are quicker
COLLAPSED = 0.5  # an epoch with more than this share of its steps not taken ends the training


@dataclass(frozen=True)
class TrainingSettings:
    """How long and how fast to train.

    Attributes:
        epochs, steps: of each epoch.
        batch: rows of each step.
        learning_rate: at its peak.
        schedule: how it changes.
        patience: epochs without a better validation loss after which to stop.
        clip: largest norm of a gradient.
        averaging: decay of the weight average.
        weight_decay: of the optimizer.
        optimizer: by which rule to step.
        keep_last: the weights of the last epoch are the result, not those of the best.
        keep_start: the weights that the training begins with are the result, unless an epoch is better.
    """

    epochs: int
    steps: int
    batch: int
    learning_rate: float
    schedule: Shape
    patience: int
    clip: float
    averaging: float
    weight_decay: float
    optimizer: Rule = "adamw"
    keep_last: bool = False
    keep_start: bool = False


class Trainer:
    """Trains one network; the result depends on the run's seed and the name, not on interruptions.

    All randomness of an epoch comes from a seed of its own, and the state after each epoch is in the
    checkpoint folder.

    Arguments:
        name: of the network, such as "member 1".
        network: to train; it has the best weights found, or the last, when `train` returns.
        objective: what to make small.
        settings: how long and how fast.
        run: the surroundings.
        seconds: time for this network, None for as long as it takes.
    """

    def __init__(
        self,
        name: str,
        network: PosteriorNetwork,
        objective: Objective[Any],
        settings: TrainingSettings,
        run: Run,
        seconds: float | None = None,
    ) -> None:
        self.name = name
        self.network = network
        self.settings = settings
        self.run = run
        self.objective = objective
        self.flat = FlatWeights(weight for weight in network.parameters() if weight.requires_grad)
        self.average = WeightAverage(network, settings.averaging, self.flat)
        self.flat.gather_gradients()
        self.optimizers = optimizers_of(
            self.flat, settings.optimizer, settings.learning_rate, settings.weight_decay
        )
        self.size = 3 * settings.batch * sum(weight.numel() for weight in network.parameters())
        self.shards = (
            Shards(self.flat, network, objective, self._items, self._seed) if self._divisible() else None
        )
        self.stepper = Stepper(
            self.flat, network, objective, self.optimizers, settings.clip, run, self.shards
        )
        self.progress = Progress()
        self.best: dict[str, Tensor] = {}
        self.clock = Clock(settings.epochs * settings.steps, seconds)

    def _divisible(self) -> bool:
        """Whether steps are computed in shards, which does not depend on how many cores there are."""
        network = self.network
        weights = {name for name, _ in network.named_parameters()}
        others = [value for name, value in network.state_dict().items() if name not in weights]
        learned = any(value.is_floating_point() for value in others)  # such as the running means of a step
        alone = learned or network.compiled or self.run.device.type != "cpu"
        return self.size >= WORTH_DIVIDING and not alone

    def train(self) -> Progress:
        """Train to the end, from the checkpoint if there is one; how it went.

        Raises:
            HarnessError: no epoch ended with a loss that is a number.
        """
        self._resume()
        if self.settings.keep_start and self.progress.epoch == 0:
            self._start()
        longest = 0.0
        with self._cores(), self.run.progress(f"training {self.name}", self.clock.steps) as advance:
            advance(self.progress.step)
            while not self.progress.finished:
                begun = time.monotonic()
                tally = self._epoch(advance)
                longest = max(longest, time.monotonic() - begun)
                self.progress.finished = self._finished(tally, longest)
                self._keep()
        if not self.best:
            raise HarnessError(
                f"The training of '{self.run.name}' collapsed: {self.progress.left_out(self.name)}; none of "
                "its epochs gave a density; lower the learning rate, for example --set "
                f"estimator.learning_rate={self.settings.learning_rate / 10:g}, or choose another flow."
            )
        if self.progress.bad or self.progress.skipped:
            self.run.warn(f"{self.progress.left_out(self.name)}.")
        if self.progress.best_epoch == 0:
            self.run.tell(f"no epoch of {self.name} was better than what it began with, which is kept.")
        self.flat.release()
        self.network.load_state_dict(self.best)
        self.network.requires_grad_(False).eval()
        return self.progress

    @contextmanager
    def _cores(self) -> Iterator[None]:
        """Let the training use the cores as it best does."""
        several = torch.get_num_threads() > 1
        small = self.run.device.type == "cpu" and self.size < WORTH_SHARING
        if self.shards is not None and several:
            with on_one_core(), self.shards.helped():
                yield
        else:
            with on_one_core() if small else nullcontext():
                yield

    def _start(self) -> None:
        """Let the weights that are there be the best so far."""
        validation = self.objective.validation(self.average.network)
        if math.isfinite(validation):
            self.progress.best = validation
            self.best = copy.deepcopy(self.average.network.state_dict())
        logger.info("%s: validation %.6g to begin with", self.name, validation)

    def _epoch(self, advance: Advance) -> Tally:
        progress, tally = self.progress, Tally()
        torch.manual_seed(self._seed(progress.epoch))  # for dropout and losses that draw numbers
        self.network.train()
        rate, begun = 0.0, self.clock.done(progress.step)
        for item in self._items(progress.epoch, begun):
            done = self.clock.done(progress.step)
            rate = self.settings.learning_rate * progress.rate * rate_factor(self.settings.schedule, done)
            for optimizer in self.optimizers:
                for group in optimizer.param_groups:
                    group["lr"] = rate
            if self.stepper.step(item, Place(progress.epoch, begun, progress.step, done), tally):
                self.average.update(progress.step)
            progress.step += 1
            if self.clock.out_of_time():
                break
            advance(1, f"loss {tally.mean_loss:.3f} · rate {rate:.1e}")
        validation = self.objective.validation(self.average.network)
        progress.epoch += 1
        progress.parts = self.stepper.parts
        progress.bad += tally.bad
        progress.skipped += tally.skipped
        progress.history.append((progress.epoch, tally.mean_loss, validation, rate))
        learned = math.isfinite(validation) and not collapsed(tally)
        better = learned and validation < progress.best
        if better:
            progress.best, progress.best_epoch = validation, progress.epoch
        if better or (self.settings.keep_last and learned):
            self.best = copy.deepcopy(self.average.network.state_dict())
        if self.settings.schedule == "plateau":
            stuck_since = max(progress.best_epoch, progress.lowered)
            if progress.epoch - stuck_since >= PLATEAU_PATIENCE:
                progress.rate *= PLATEAU_FACTOR
                progress.lowered = progress.epoch
        metrics = {"epoch": progress.epoch, "loss": tally.mean_loss, "validation": validation}
        logger.info("%s: %s, learning rate %.2e", self.name, metrics, rate)
        self.run.epoch_finished({**metrics, "learning_rate": rate})
        return tally

    def _items(self, epoch: int, begun: float) -> Iterator[Any]:
        generator = torch.Generator(self.run.device).manual_seed(self._seed(epoch))
        return self.objective.epoch(self.settings.steps, begun, generator)

    def _seed(self, epoch: int) -> int:
        return self.run.seed_for(f"{self.name}, epoch {epoch}")

    def _finished(self, tally: Tally, longest: float) -> bool:
        progress = self.progress
        if progress.epoch >= self.settings.epochs:
            return True
        if collapsed(tally):
            logger.warning("%s collapsed in epoch %d; its best weights are kept", self.name, progress.epoch)
            return True
        if progress.epoch - progress.best_epoch >= self.settings.patience:
            logger.info("%s stopped early: no better since epoch %d", self.name, progress.best_epoch)
            return True
        if self.clock.out_of_time(longest):
            self.run.warn(
                f"the time budget allowed {progress.step:,} steps of {self.name} instead of "
                f"{self.clock.steps:,}."
            )
            return True
        return False

    @property
    def _path(self) -> Path | None:
        folder = self.run.checkpoint
        return None if folder is None else folder / f"{self.name.replace(' ', '-')}.safetensors"

    def _networks(self) -> dict[str, torch.nn.Module]:
        return {"network": self.network, "average": self.average.network}

    def _keep(self) -> None:
        if self._path is not None:
            write_checkpoint(self._path, self.progress, self._networks(), self.best, self.optimizers)

    def _resume(self) -> None:
        if self._path is None or not self._path.exists():
            return
        self.progress, best = read_checkpoint(self._path, self._networks(), self.optimizers)
        self.best = {name: tensor.to(self.run.device) for name, tensor in best.items()}
        self.stepper.parts = self.progress.parts


def collapsed(tally: Tally) -> bool:
    """Whether so few steps of an epoch were taken that its weights are nothing that was learned."""
    return tally.skipped > COLLAPSED * tally.steps
