"""The file of a checkpoint: tensors of networks and optimisers, and the name of the run they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from harness.errors import HarnessError
from harness.files.storage import write_whole
from harness.files.tensors import read_tensors, write_tensors


def write_bound(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors beside the name of the run; the file is complete or not there."""
    bound = {"run": _name_of_run(path), **tensors}
    write_whole(path, lambda temporary: write_tensors(temporary, bound))


@contextmanager
def reading_bound(path: Path) -> Iterator[dict[str, Tensor]]:
    """Read the tensors of a checkpoint; load them inside the `with` block.

    Raises:
        HarnessError: the file is damaged, belongs to another run, or its tensors do not fit what the block
            loads them into.
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
        yield tensors
    except (KeyError, ValueError, RuntimeError) as error:
        raise HarnessError(
            f"{path} is not a checkpoint of this training: it belongs to another challenge, other options or "
            "another version; run without --resume."
        ) from error


def _name_of_run(path: Path) -> Tensor:
    """The name of the run's folder as bytes; it differs between any two runs that could differ in result."""
    return torch.tensor(list(path.parent.name.encode()), dtype=torch.uint8)
