"""An adversarial training as tensors in one file, from which it goes on as if it had never stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor, nn

from harness.errors import HarnessError
from harness.storage import write_whole
from harness.tensors import read_tensors, write_tensors
from harness.training.checkpoint import under


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
        "run": _name_of_run(path),
        "standing": torch.tensor(numbers, dtype=torch.float64),
        "history": torch.tensor(standing.history, dtype=torch.float64),
    }
    for name, network in networks.items():
        tensors |= {f"{name}/{key}": value for key, value in network.state_dict().items()}
    for place, optimizer in enumerate(optimizers):
        for index, state in optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer-{place}/{index}/{k}": torch.as_tensor(v) for k, v in state.items()}
    write_whole(path, lambda temporary: write_tensors(temporary, tensors))


def read_game(
    path: Path, networks: Mapping[str, nn.Module], optimizers: Sequence[torch.optim.Optimizer]
) -> Standing:
    """Restore networks and optimisers in place; where the training stands.

    Raises:
        HarnessError: the file is damaged, or is the checkpoint of something else.
    """
    try:
        tensors = read_tensors(path)
    except HarnessError as error:
        raise HarnessError(
            f"The checkpoint {path} is damaged or is no safetensors file; run without --resume."
        ) from error
    try:
        if not torch.equal(tensors["run"], _name_of_run(path)):
            raise ValueError("copied from the folder of another run")
        for name, network in networks.items():
            network.load_state_dict(under(f"{name}/", tensors))
        for place, optimizer in enumerate(optimizers):
            state: dict[int, dict[str, Tensor]] = {}
            for key, value in under(f"optimizer-{place}/", tensors).items():
                index, _, entry = key.partition("/")
                state.setdefault(int(index), {})[entry] = value
            optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
        epoch, step, skipped, finished = (int(number) for number in tensors["standing"].tolist())
        history = [tuple(row) for row in tensors["history"].tolist()]
    except (KeyError, ValueError, RuntimeError) as error:
        raise HarnessError(
            f"{path} is not a checkpoint of this training: it belongs to another challenge, other options or "
            "another version; run without --resume."
        ) from error
    return Standing(epoch, step, skipped, bool(finished), history)


def _name_of_run(path: Path) -> Tensor:
    """The folder's name, which tells apart all that decides a run's result, as bytes."""
    return torch.tensor(list(path.parent.name.encode()), dtype=torch.uint8)
