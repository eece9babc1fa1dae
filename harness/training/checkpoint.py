"""The checkpoint of a training: what it needs to go on as if it had never been interrupted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from harness.files.bound_tensors import reading_bound, write_bound
from harness.files.optimizer_state import optimizer_tensors, restore_optimizer, under

HISTORY = ("epoch", "loss", "validation", "learning_rate")


@dataclass
class Progress:
    """Where a training stands.

    Attributes:
        epoch: epochs done.
        step: steps done.
        best: least validation loss so far.
        best_epoch: the epoch after which it was reached.
        rate: the factor by which the plateau rule has lowered the learning rate.
        lowered: the epoch after which it last did so.
        parts: how many parts a batch is computed in, to fit into memory.
        bad: losses so far that were not finite.
        skipped: steps so far that were not taken.
        finished: whether the training is over.
        history: a row of `HISTORY` for each epoch.
    """

    epoch: int = 0
    step: int = 0
    best: float = float("inf")
    best_epoch: int = 0
    rate: float = 1.0
    lowered: int = 0
    parts: int = 1
    bad: int = 0
    skipped: int = 0
    finished: bool = False
    history: list[tuple[float, ...]] = field(default_factory=list)

    def left_out(self, name: str) -> str:
        """What was not a number in the training of a network of this name, in words."""
        bad, skipped, steps = self.bad, self.skipped, self.step
        losses = f"{bad} losses of {name} were not finite and were left out"
        of_all = f"{skipped} of its {steps} steps" if bad else f"{skipped} of the {steps} steps of {name}"
        told = [losses] if bad else []
        told += [f"{of_all} were not taken for want of a finite gradient"] if skipped else []
        return ", and ".join(told) or f"the held-out loss of {name} was never finite"


NUMBERS = tuple(name for name in Progress.__dataclass_fields__ if name != "history")


def write_checkpoint(
    path: Path,
    progress: Progress,
    networks: dict[str, nn.Module],
    best: dict[str, Tensor],
    optimizers: Sequence[torch.optim.Optimizer],
) -> None:
    """Write everything that the rest of the training depends on; the file is complete or not there."""
    numbers = torch.tensor([float(getattr(progress, name)) for name in NUMBERS], dtype=torch.float64)
    tensors = {"progress": numbers, "history": torch.tensor(progress.history, dtype=torch.float64)}
    for name, network in networks.items():
        tensors |= {f"{name}/{key}": value for key, value in network.state_dict().items()}
    tensors |= {f"best/{key}": value for key, value in best.items()}
    for place, optimizer in enumerate(optimizers):
        tensors |= optimizer_tensors(f"optimizer-{place}/", optimizer)
    write_bound(path, path.parent.name, tensors)


def read_checkpoint(
    path: Path, networks: dict[str, nn.Module], optimizers: Sequence[torch.optim.Optimizer]
) -> tuple[Progress, dict[str, Tensor]]:
    """Load networks and optimisers in place.

    Returns:
        where the training stands, and its best weights.

    Raises:
        HarnessError: the file is damaged, or is the checkpoint of something else.
    """
    with reading_bound(path, path.parent.name, "run without --resume") as tensors:
        found = dict(zip(NUMBERS, tensors["progress"].tolist(), strict=True))
        history = [tuple(row) for row in tensors["history"].tolist()]
        for name, network in networks.items():
            network.load_state_dict(under(f"{name}/", tensors))
        for place, optimizer in enumerate(optimizers):
            restore_optimizer(f"optimizer-{place}/", tensors, optimizer)
        whole = {name: type(getattr(Progress, name))(found[name]) for name in NUMBERS}
        return Progress(**whole, history=history), under("best/", tensors)
