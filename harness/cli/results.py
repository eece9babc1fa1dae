"""Results alone on standard output: what else is printed meanwhile goes to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

STANDARD_OUTPUT, STANDARD_ERROR = 1, 2

# where results go while everything else is turned away: the stream, and its descriptor if it has one
_kept: list[tuple[TextIO, int | None]] = []


@contextmanager
def others_to_standard_error() -> Iterator[None]:
    """Turn what is printed to standard error, while the block lasts, but for `results_to_standard_output`.

    It holds for libraries in C and for processes that are started, which know nothing of `sys.stdout`.
    """
    stream, descriptor = sys.stdout, _duplicate(STANDARD_OUTPUT)
    _flush()
    _kept.append((stream, descriptor))
    sys.stdout = sys.stderr
    if descriptor is not None:
        os.dup2(STANDARD_ERROR, STANDARD_OUTPUT)
    try:
        yield
    finally:
        _flush()
        _kept.pop()
        sys.stdout = stream
        if descriptor is not None:
            os.dup2(descriptor, STANDARD_OUTPUT)
            os.close(descriptor)


@contextmanager
def results_to_standard_output() -> Iterator[None]:
    """Print to where standard output was before anything was turned away from it."""
    if not _kept:
        yield
        return
    turned = sys.stdout
    stream, descriptor = _kept[0]
    _flush()
    sys.stdout = stream
    if descriptor is not None:
        os.dup2(descriptor, STANDARD_OUTPUT)
    try:
        yield
    finally:
        _flush()
        sys.stdout = turned
        if descriptor is not None:
            os.dup2(STANDARD_ERROR, STANDARD_OUTPUT)


def _duplicate(descriptor: int) -> int | None:
    """A second descriptor of the same file; None where it was closed before the process started."""
    try:
        return os.dup(descriptor)
    except OSError:
        return None


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and not stream.closed:
            stream.flush()
