"""Trees that survive an interruption: one file for each batch."""

from __future__ import annotations

from pathlib import Path

from harness.files.storage import write_whole
from harness.files.tensors import read_tensors, write_tensors
from harness_forest.forest import Forest


def keep(folder: Path | None, batch: Forest, first: int) -> None:
    """Write a batch of trees, of which `first` is the number of the first one."""
    if folder is None:
        return
    path = folder / f"trees-{first:06d}.safetensors"
    write_whole(path, lambda temporary: write_tensors(temporary, batch.tensors()))


def grown_before(folder: Path | None) -> list[Forest]:
    """The batches that an interrupted run left in its checkpoint folder, in order.

    Raises:
        HarnessError: a file is damaged.
    """
    if folder is None:
        return []
    return [Forest.from_tensors(read_tensors(path)) for path in sorted(folder.glob("trees-*.safetensors"))]
