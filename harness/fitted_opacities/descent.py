"""What descents of learned physics share: the pace, the order of the planets, and copies of a state."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

WARM = 20  # steps in which the learning rate rises
LOWEST = 0.02  # of the learning rate, at the end


def pace(step: int, steps: int) -> float:
    """Learning rate over its peak: a short rise, then down as a cosine."""
    fall = LOWEST + (1 - LOWEST) * 0.5 * (1 + math.cos(math.pi * step / steps))
    return min(1.0, (step + 1) / WARM) * fall


def shuffled(planets: int, steps: int, batch: int, generator: torch.Generator) -> Tensor:
    """Which planets are taken at each step (steps, batch): all of them once before any is taken again."""
    wanted = steps * batch
    orders = [torch.randperm(planets, generator=generator) for _ in range(-(-wanted // planets))]
    return torch.cat(orders)[:wanted].reshape(steps, batch)


def copied(module: nn.Module) -> dict[str, Tensor]:
    """The state of a module, which goes on changing."""
    return {name: value.detach().clone() for name, value in module.state_dict().items()}
