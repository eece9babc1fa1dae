"""What changes as training goes on: the learning rate, and the weights of the terms of a loss."""

from __future__ import annotations

import math
from typing import Literal

Shape = Literal["cosine", "plateau", "constant"]

WARM_UP = 0.03  # fraction of the training in which the rate rises to its peak
FINAL_RATE = 0.01  # what a cosine ends at, as a fraction of the peak


def rate_factor(shape: Shape, done: float) -> float:
    """The learning rate as a fraction of its peak, at the fraction `done` of the training.

    It rises linearly over the first few percent. A cosine then falls to a hundredth (Loshchilov &
    Hutter 2017, SGDR, https://arxiv.org/abs/1608.03983); "plateau" and "constant" stay.
    """
    if done < WARM_UP:
        return max(done, WARM_UP / 100) / WARM_UP
    if shape != "cosine":
        return 1.0
    fallen = (done - WARM_UP) / (1 - WARM_UP)
    return FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * min(1.0, fallen)))


def ramp(done: float, start: float, stop: float) -> float:
    """0 until `start`, 1 from `stop` on, linear between."""
    if done >= stop:
        return 1.0
    return max(0.0, (done - start) / (stop - start))


def geometric(first: float, last: float, fraction: float) -> float:
    """From `first` to `last` by equal factors as `fraction` goes from 0 to 1."""
    return float(first * (last / first) ** fraction)
