"""How much of a large computation to hold in memory at once."""

from __future__ import annotations

from collections.abc import Iterator

import torch

CACHED = 2**18  # elements that a processor's cache holds beside the few other arrays in use
PARALLEL = 2**26  # elements that keep a GPU busy and are a small part of its memory


def chunk_elements(device: torch.device) -> int:
    """Elements of the largest temporary: what a processor's cache holds, or what keeps a GPU busy."""
    return CACHED if device.type == "cpu" else PARALLEL


def fitting(available: int, needed: int) -> int:
    """How many items that need so many elements each fit into those available; at least one."""
    return max(1, available // max(1, needed))


def runs(total: int, at_once: int) -> Iterator[slice]:
    """Consecutive runs of `total` items, at most so many in each."""
    for first in range(0, total, at_once):
        yield slice(first, min(first + at_once, total))


def slices(total: int, elements: int, device: torch.device) -> Iterator[slice]:
    """Consecutive runs of `total` items that each need a temporary of `elements`; at least one at a time."""
    return runs(total, fitting(chunk_elements(device), elements))
