"""The game of generator and discriminator: steps, what may go wrong in them, checkpoints, a time budget."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from harness.components.progress import Advance
from harness.components.run import Run
from harness.errors import HarnessError
from harness.metrics import energy_distance
from harness.training.averaging import WeightAverage
from harness.training.clock import Clock
from harness.training.schedule import rate_factor
from harness_gan.game_checkpoint import Standing, read_game, write_game
from harness_gan.networks import Discriminator, Generator, latent_noise

logger = logging.getLogger(__name__)

HISTORY = ("epoch", "discriminator_loss", "generator_loss", "accuracy", "distance", "learning_rate")
BETAS = (0.5, 0.99)  # of both optimisers; a long memory of gradients makes the two chase each other
DISCRIMINATOR_RATE = 2.0  # times the generator's (two time scales: Heusel et al. 2017)
PENALTY_EVERY = 8  # steps, with as many times the weight (Karras et al. 2020, lazy regularisation)
SHARE = 0.9  # of the time left, for the game; what is measured afterwards has the rest
COLLAPSED = 0.5  # an epoch with this share of steps not taken ends the training
COMPARED = 1000  # images behind the distance of each epoch
softplus = nn.functional.softplus


@dataclass(frozen=True)
class GameSettings:
    """How long and how fast to train.

    Attributes:
        epochs, steps: of each epoch.
        batch: images of each step.
        learning_rate: of the generator, at its peak.
        averaging: decay of the running average of its weights.
        penalty: weight of R1; 0 for none.
    """

    epochs: int
    steps: int
    batch: int
    learning_rate: float
    averaging: float
    penalty: float


@dataclass
class Tally:
    """Sums over the steps of an epoch that were taken."""

    discriminator: float = 0.0
    generator: float = 0.0
    right: float = 0.0
    taken: int = 0
    skipped: int = 0
    rate: float = 0.0

    def means(self) -> tuple[float, float, float]:
        """Losses of discriminator and generator, and the share of images told right."""
        n = max(1, self.taken)
        return self.discriminator / n, self.generator / n, self.right / n


@dataclass
class Game:
    """Both networks with their optimisers, and the average of the generator.

    The losses are those of Goodfellow et al. 2014 (https://arxiv.org/abs/1406.2661), the generator's in the
    form that does not saturate; R1 of Mescheder et al. 2018 (https://arxiv.org/abs/1801.04406).
    """

    generator: Generator
    discriminator: Discriminator
    settings: GameSettings
    average: WeightAverage[Generator] = field(init=False)

    def __post_init__(self) -> None:
        self.average = WeightAverage(self.generator, self.settings.averaging)
        rate = self.settings.learning_rate
        self.optimizers = tuple(
            torch.optim.Adam(network.parameters(), lr=rate, betas=BETAS)
            for network in (self.generator, self.discriminator)
        )

    def step(self, images: Tensor, number: int, rate: float, noise: torch.Generator, tally: Tally) -> None:
        """One step of both, unless a number in it is not finite."""
        for optimizer, factor in zip(self.optimizers, (1.0, DISCRIMINATOR_RATE), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = factor * rate
            optimizer.zero_grad(set_to_none=True)
        z = latent_noise(len(images), self.generator.latent, noise)
        drawn = self.generator(z)
        real, fake = self.discriminator(torch.cat([images, drawn.detach()])).chunk(2)
        loss = softplus(-real).mean() + softplus(fake).mean()
        total = loss
        if self.settings.penalty and number % PENALTY_EVERY == 0:
            total = loss + PENALTY_EVERY * self.settings.penalty / 2 * self._roughness(images)
        torch.autograd.backward(total)
        if not self._take(1, loss, tally):
            return
        self.discriminator.requires_grad_(False)
        generator_loss = softplus(-self.discriminator(drawn)).mean()
        torch.autograd.backward(generator_loss)
        self.discriminator.requires_grad_(True)
        if not self._take(0, generator_loss, tally):
            return
        self.average.update(number)
        right = ((real > 0).float().mean() + (fake < 0).float().mean()) / 2
        sums = torch.stack([loss.detach(), generator_loss.detach(), right]).tolist()
        tally.discriminator += sums[0]
        tally.generator += sums[1]
        tally.right += sums[2]
        tally.taken += 1

    def _roughness(self, images: Tensor) -> Tensor:
        """R1: the mean squared gradient of the logit at training images."""
        images = images.detach().requires_grad_(True)
        (gradient,) = torch.autograd.grad(self.discriminator(images).sum(), images, create_graph=True)
        return gradient.square().flatten(1).sum(1).mean()

    def _take(self, which: int, loss: Tensor, tally: Tally) -> bool:
        """Step one optimiser; whether its gradient was finite."""
        parameters = [p for group in self.optimizers[which].param_groups for p in group["params"]]
        size = torch.nn.utils.get_total_norm([p.grad for p in parameters if p.grad is not None])
        if not bool(torch.isfinite(size + loss.detach())):
            tally.skipped += 1
            return False
        self.optimizers[which].step()
        return True


class AdversarialTrainer:
    """Trains both networks; the result depends on the run's seed, not on interruptions.

    All randomness of an epoch comes from a seed of its own, and the state after each epoch is in the
    checkpoint folder. There is no early stopping, for no loss of the game says how good the images are: the
    generator kept is the average over its last steps.

    Attributes:
        shortened: words on what the time budget has cut off, or None.

    Arguments:
        game: the networks.
        images: of the training set (N, 1, height, width).
        held_out: others, that the energy distance of each epoch is measured to.
        run: the surroundings.
    """

    def __init__(self, game: Game, images: Tensor, held_out: Tensor, run: Run) -> None:
        self.game = game
        self.images = images
        self.held_out = held_out[:COMPARED].flatten(1)
        self.run = run
        self.standing = Standing()
        self.shortened: str | None = None
        seconds = None if run.seconds_left is None else SHARE * run.seconds_left
        self.clock = Clock(game.settings.epochs * game.settings.steps, seconds)

    def train(self) -> list[tuple[float, ...]]:
        """Train to the end, from the checkpoint if there is one; a row of `HISTORY` for each epoch.

        Raises:
            HarnessError: most steps were not finite from the first epoch on.
        """
        self._resume()
        standing, settings = self.standing, self.game.settings
        with self.run.progress("training", self.clock.steps) as advance:
            advance(standing.step)
            while not standing.finished:
                tally = self._epoch(advance)
                standing.finished = self._finished(tally)
                if standing.history:
                    self._keep()
        if not standing.history:
            raise HarnessError(
                f"The training of '{self.run.name}' collapsed: its losses were not finite from the first "
                "epoch on; lower the learning rate, for example --set "
                f"estimator.learning_rate={settings.learning_rate / 10:g}."
            )
        if standing.skipped:
            self.run.warn(f"{standing.skipped} of {standing.step} steps were not finite and were not taken.")
        return standing.history

    def _epoch(self, advance: Advance) -> Tally:
        standing, settings, tally = self.standing, self.game.settings, Tally()
        generator = self.run.generator(f"epoch {standing.epoch}")
        rows = torch.randint(
            len(self.images), (settings.steps, settings.batch), generator=generator, device=self.images.device
        )
        for some in rows:
            tally.rate = settings.learning_rate * rate_factor("cosine", self.clock.done(standing.step))
            self.game.step(self.images[some], standing.step, tally.rate, generator, tally)
            standing.step += 1
            first, second, _ = tally.means()
            advance(1, f"D {first:.3f} · G {second:.3f}")
            if self.clock.out_of_time():
                break
        standing.epoch += 1
        standing.skipped += tally.skipped
        if tally.skipped <= COLLAPSED * (tally.taken + tally.skipped):
            self._report(tally, generator)
        return tally

    @torch.no_grad()
    def _report(self, tally: Tally, generator: torch.Generator) -> None:
        z = latent_noise(len(self.held_out), self.game.generator.latent, generator)
        distance = float(energy_distance(self.game.average.network(z).flatten(1), self.held_out))
        row = (self.standing.epoch, *tally.means(), distance, tally.rate)
        self.standing.history.append(row)
        metrics = dict(zip(HISTORY, row, strict=True))
        logger.info("%s", metrics)
        self.run.epoch_finished(metrics)

    def _finished(self, tally: Tally) -> bool:
        standing, settings = self.standing, self.game.settings
        if tally.skipped > COLLAPSED * (tally.taken + tally.skipped):
            self.run.warn(f"the training stopped in epoch {standing.epoch}: its losses are not finite.")
            return True
        if self.clock.out_of_time() and standing.epoch < settings.epochs:
            self.shortened = (
                f"the time budget allowed {standing.step:,} steps instead of {self.clock.steps:,}"
            )
            return True
        return standing.epoch >= settings.epochs

    @property
    def _path(self) -> Path | None:
        return None if self.run.checkpoint is None else self.run.checkpoint / "game.safetensors"

    def _networks(self) -> dict[str, nn.Module]:
        game = self.game
        return {
            "generator": game.generator,
            "discriminator": game.discriminator,
            "averaged": game.average.network,
        }

    def _keep(self) -> None:
        if self._path is not None:
            write_game(self._path, self.standing, self._networks(), self.game.optimizers)

    def _resume(self) -> None:
        if self._path is not None and self._path.exists():
            self.standing = read_game(self._path, self._networks(), self.game.optimizers)
