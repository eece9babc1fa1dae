"""Tensors on disk as data, never as a pickle."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from harness.errors import HarnessError
from harness.untrusted.files import MIB, require_file

# what may be made to receive what is saved in a file: so many times its size, so much more, so many pieces
TIMES_THE_FILE, SPARE_BYTES, MOST_TENSORS = 8, 512 * MIB, 20_000
FACTORIES = {
    torch.ops.aten.empty,
    torch.ops.aten.zeros,
    torch.ops.aten.ones,
    torch.ops.aten.full,
    torch.ops.aten.rand,
    torch.ops.aten.randn,
}


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write tensors by name to a safetensors file.

    Raises:
        OSError: the disk is full, or cannot be written to.
    """
    whole = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    try:
        save_file(whole, path)
    except SafetensorError as error:  # which tells in words what the system said
        if found := re.search(r"\(os error (\d+)\)", str(error)):
            number = int(found[1])
            raise OSError(number, os.strerror(number), str(path)) from error
        raise


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read a safetensors file onto the CPU.

    Raises:
        HarnessError: the file is missing or is not one.
    """
    require_file(path, "the saved estimator is not complete, fit it again")
    try:
        return load_file(path)
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise HarnessError(
            f"{path} is not a readable safetensors file ({error}); fit the estimator again."
        ) from error


class NoLargerThan(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Refuses to make tensors that are much larger than the file whose contents they are to receive.

    What is saved beside the weights of a network says how wide it is. What a stranger's says is believed
    only as far as there are weights for it.

    Arguments:
        files: whose sizes count.

    Raises:
        HarnessError: inside the `with` block, instead of taking the memory.
    """

    def __init__(self, *files: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.files = files
        self.left = SPARE_BYTES + TIMES_THE_FILE * sum(require_file(path) for path in files)
        self.tensors = MOST_TENSORS

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        if func.overloadpacket in FACTORIES:
            self.tensors -= 1
            self.left -= 8 * math.prod(args[0])
            if self.left < 0 or self.tensors < 0:
                raise HarnessError(
                    f"{self.files[0]} is much smaller than what the record beside it says has been learned; "
                    "one of them is damaged or was exchanged, fit the estimator again."
                )
        return func(*args, **(kwargs or {}))
