"""How much of a training is over, by its steps or by its time budget."""

from __future__ import annotations

import time


class Clock:
    """Counts the time of a training, from when the clock is made.

    Arguments:
        steps: of the whole training.
        seconds: time for it, None where there is no limit.
    """

    def __init__(self, steps: int, seconds: float | None) -> None:
        self.steps = steps
        self.seconds = seconds
        self.begun = time.monotonic()

    def done(self, step: int) -> float:
        """The fraction of the training that is over, 0 to 1: by steps or by time, whichever is more."""
        by_steps = step / self.steps
        if self.seconds is None:
            return by_steps
        return min(1.0, max(by_steps, self._elapsed() / max(self.seconds, 1e-9)))

    def out_of_time(self, more: float = 0.0) -> bool:
        """Whether the time is used up, or would be after `more` seconds."""
        return self.seconds is not None and self._elapsed() + more > self.seconds

    def _elapsed(self) -> float:
        return time.monotonic() - self.begun
