"""An adversarial training as tensors in one file, from which it goes on as if it had never stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

from harness.files.bound_tensors import reading_bound, write_bound
from harness.files.optimizer_state import optimizer_tensors, restore_optimizer, under


@dataclass
class Standing:
    """Where a training stands.

    Attributes:
        epoch, step: done so far.
        skipped: steps not taken.
        finished: whether nothing is left to do.
        history: a row for each epoch.
    """

    epoch: int = 0
    step: int = 0
    skipped: int = 0
    finished: bool = False
    history: list[tuple[float, ...]] = field(default_factory=list)


def write_game(
    path: Path,
    standing: Standing,
    networks: Mapping[str, nn.Module],
    optimizers: Sequence[torch.optim.Optimizer],
) -> None:
    """Write everything that decides how a training goes on; the file is complete or not there."""
    numbers = [float(n) for n in (standing.epoch, standing.step, standing.skipped, standing.finished)]
    tensors = {
        "standing": torch.tensor(numbers, dtype=torch.float64),
        "history": torch.tensor(standing.history, dtype=torch.float64),
    }
    for name, network in networks.items():
        tensors |= {f"{name}/{key}": value for key, value in network.state_dict().items()}
    for place, optimizer in enumerate(optimizers):
        tensors |= optimizer_tensors(f"optimizer-{place}/", optimizer)
    write_bound(path, path.parent.name, tensors)


def read_game(
    path: Path, networks: Mapping[str, nn.Module], optimizers: Sequence[torch.optim.Optimizer]
) -> Standing:
    """Restore networks and optimisers in place; where the training stands.

    Raises:
        HarnessError: the file is damaged, or is the checkpoint of something else.
    """
    with reading_bound(path, path.parent.name, "run without --resume") as tensors:
        for name, network in networks.items():
            network.load_state_dict(under(f"{name}/", tensors))
        for place, optimizer in enumerate(optimizers):
            restore_optimizer(f"optimizer-{place}/", tensors, optimizer)
        epoch, step, skipped, finished = (int(number) for number in tensors["standing"].tolist())
        history = [tuple(row) for row in tensors["history"].tolist()]
        return Standing(epoch, step, skipped, bool(finished), history)
