"""The state of an optimiser as tensors by name, for the file of a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor


def under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, without it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}


def optimizer_tensors(prefix: str, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The state that an optimiser keeps for each parameter, under names that begin with `prefix`."""
    return {
        f"{prefix}{index}/{key}": torch.as_tensor(value)
        for index, state in optimizer.state_dict()["state"].items()
        for key, value in state.items()
    }


def restore_optimizer(prefix: str, tensors: Mapping[str, Tensor], optimizer: torch.optim.Optimizer) -> None:
    """Load such a state into an optimiser.

    Raises:
        ValueError: it belongs to other parameters.
    """
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in under(prefix, tensors).items():
        index, _, entry = key.partition("/")
        state.setdefault(int(index), {})[entry] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
