"""The file of a checkpoint: tensors of networks and optimisers, and the name of the work they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

from harness.errors import HarnessError
from harness.files.storage import write_whole
from harness.files.tensors import read_tensors, write_tensors


def write_bound(path: Path, name: str, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors beside the name of the work; the file is complete or not there.

    The name must differ between any two works that could differ in result.
    """
    bound = {"run": text_tensor(name), **tensors}
    write_whole(path, lambda temporary: write_tensors(temporary, bound))


@contextmanager
def reading_bound(path: Path, name: str, instead: str) -> Iterator[dict[str, Tensor]]:
    """Read the tensors of a checkpoint; load them inside the `with` block.

    Arguments:
        instead: what to do otherwise, such as "run without --resume".

    Raises:
        HarnessError: the file is damaged, belongs to other work, or its tensors do not fit what the block
            loads them into.
    """
    try:
        tensors = read_tensors(path)
    except HarnessError as error:
        raise HarnessError(
            f"The checkpoint {path} is damaged or is no safetensors file; {instead}."
        ) from error
    try:
        if not torch.equal(tensors["run"], text_tensor(name)):
            raise ValueError("of other work")
        yield tensors
    except (KeyError, ValueError, RuntimeError) as error:
        raise HarnessError(
            f"{path} is no checkpoint of the same work: it belongs to another challenge, other options or "
            f"another version; {instead}."
        ) from error


def text_tensor(text: str) -> Tensor:
    """A text as a tensor of its bytes, for files that hold nothing else."""
    return torch.tensor(list(text.encode()), dtype=torch.uint8)
