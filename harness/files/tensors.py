"""Tensors on disk as data, never as a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from harness.errors import HarnessError


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors by name to a safetensors file."""
    save_file({name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}, path)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file onto the CPU.

    Raises:
        HarnessError: the file is missing or is not one.
    """
    if not path.is_file():
        raise HarnessError(f"{path} is missing; the saved estimator is not complete, fit it again.")
    try:
        return load_file(path)
    except SafetensorError as error:
        raise HarnessError(
            f"{path} is not a readable safetensors file ({error}); fit the estimator again."
        ) from error
