"""Output whose reader (head, less, a terminal) may go away: the work goes on, and prints to nowhere."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

GONE = (errno.EPIPE, errno.EIO)  # of a pipe, and of a terminal


class _Outliving(io.TextIOWrapper):
    """A stream that is pointed at nowhere once nobody reads from it.

    What its buffer could not write then goes there with the next flush.
    """

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            self._point_at_nowhere(error)
        return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            self._point_at_nowhere(error)
            super().flush()

    def _point_at_nowhere(self, error: OSError) -> None:
        if error.errno not in GONE:
            raise error
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


@contextmanager
def outliving_its_readers() -> Iterator[None]:
    """Let standard output and standard error outlive whoever reads them, while the block lasts.

    Streams that are not the process's own, such as those of a notebook or a test, stay what they are. On any
    stream of few characters the others are shown as ?.
    """
    own = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_outliving(stream) for stream in own)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if _is_open(stream):
                stream.flush()
        sys.stdout, sys.stderr = own


def _is_open(stream: TextIO | None) -> bool:
    """Not so of one that was closed before the process started."""
    return stream is not None and not stream.closed


def _outliving(stream: TextIO) -> TextIO:
    if not _is_open(stream):
        return stream
    if stream not in (sys.__stdout__, sys.__stderr__):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
        return stream
    stream.flush()
    return _Outliving(
        io.BufferedWriter(io.FileIO(stream.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors="replace",
        line_buffering=bool(stream.line_buffering),
    )
