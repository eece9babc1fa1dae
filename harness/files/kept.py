"""Tensors that long work keeps as it goes, under names that change with all that they depend on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from harness.errors import HarnessError
from harness.files.storage import write_whole
from harness.files.tensors import read_tensors, write_tensors

NAME = "kept"  # of the one tensor in a file


def digest_of(words: Sequence[str], tensors: Sequence[Tensor | None]) -> str:
    """64 hexadecimal digits that change with any of these words and numbers."""
    digest = hashlib.sha256("\0".join(words).encode())
    for tensor in tensors:
        digest.update(b"none" if tensor is None else tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def keep(path: Path | None, tensor: Tensor) -> None:
    """Write a tensor to a file, which is complete or not there, and its folder; nowhere if there is none."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, lambda unfinished: write_tensors(unfinished, {NAME: tensor}))


def kept(path: Path | None, rows: int) -> Tensor | None:
    """The tensor (rows, ...) that was kept before an interruption; None where no whole one is."""
    if path is None or not path.is_file():
        return None
    try:
        tensor = read_tensors(path).get(NAME)
    except HarnessError:
        return None
    return tensor if tensor is not None and tensor.shape[:1] == (rows,) else None
