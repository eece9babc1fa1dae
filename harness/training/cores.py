"""Work for several cores: pieces that do not depend on one another, and what is needed next."""

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


def ahead(items: Iterator[Piece]) -> Iterator[Piece]:
    """The same items; while one is worked with, a thread of its own computes the next.

    That thread alone runs what makes the items: a random generator used in it must not be used beside it.
    """
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


@contextmanager
def on_one_core() -> Iterator[None]:
    """Let each operation of torch run on one core: where operations are small, others only wait for it."""
    cores = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(cores)
