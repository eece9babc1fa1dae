"""Work for several cores, and work that is quicker on one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

import torch

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def on_every_core(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> Iterator[Result]:
    """The results of the pieces, in their order, by as many threads as torch may use.

    A thread computes its piece on one core alone: that needs no waiting for others inside of an operation,
    and the result does not depend on how many cores there are. Where the caller stops early, or a piece
    fails, pieces not begun are left out.
    """
    cores = torch.get_num_threads()
    pool = ThreadPoolExecutor(cores, initializer=partial(torch.set_num_threads, 1))
    try:
        yield from pool.map(work, pieces)
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(cores)


@contextmanager
def on_one_core() -> Iterator[None]:
    """Let each operation of torch run on one core: where operations are small, others only wait for it."""
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(cores)
