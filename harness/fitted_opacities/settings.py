"""How long to learn."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FitSettings:
    """How long and how fast to learn.

    Attributes:
        steps: at most.
        batch: planets at each step.
        learning_rate: at its peak [dex].
        enough: residuals that are small enough to stop at: nine tenths of those held out [1-sigma noise].
        seed: of the order of the planets.
    """

    steps: int = 1200
    batch: int = 64
    learning_rate: float = 0.02
    enough: float = 0.04
    seed: int = 0
