"""What happens at the end of each of sbi's epochs."""

from __future__ import annotations

import logging
import time

from harness.components.progress import Advance
from harness.components.run import Run
from harness.training.clock import Clock

logger = logging.getLogger(__name__)


class Watch:
    """Tells the run of each epoch, keeps the history, and ends the training when its time is up.

    Arguments:
        name: of the network, such as "member 1".
        epochs: at most.
        learning_rate: of all epochs.
        seconds: for this network, or None for as long as it takes.
        run: told of the epochs.
        advance: the progress bar.

    Attributes:
        history: epoch, loss, held-out loss and learning rate of each epoch.
    """

    def __init__(
        self,
        name: str,
        epochs: int,
        learning_rate: float,
        seconds: float | None,
        run: Run,
        advance: Advance,
    ) -> None:
        self.name = name
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.run = run
        self.advance = advance
        self.history: list[tuple[float, ...]] = []
        self.longest = 0.0
        self.last = time.monotonic()
        self.clock = Clock(epochs, seconds)

    def __call__(self, epoch: int, loss: float, validation: float) -> bool:
        """Whether to stop after this epoch."""
        now = time.monotonic()
        self.longest, self.last = max(self.longest, now - self.last), now
        self.history.append((epoch, loss, validation, self.learning_rate))
        metrics = {"epoch": epoch, "loss": loss, "validation": validation}
        logger.info("%s: %s, learning rate %.2e", self.name, metrics, self.learning_rate)
        self.run.epoch_finished({**metrics, "learning_rate": self.learning_rate})
        self.advance(1, f"loss {loss:.3f} · held out {validation:.3f}")
        if epoch >= self.epochs or not self.clock.out_of_time(self.longest):
            return False
        self.run.warn(f"the time budget allowed {epoch} epochs of {self.name} instead of {self.epochs}.")
        return True
