"""Python's search for unreachable circles of objects, paused."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """Let no circles be searched for in the block.

    The records of thousands of runs are a million objects that stay and make no circles; to look through them
    again and again takes as long as to read them.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
