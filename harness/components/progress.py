"""How far a piece of work is: a bar on a terminal, a plain line now and then where output is a file."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from harness.logs.lines import log_line

logger = logging.getLogger(__name__)

EVERY = 15.0  # seconds from one plain line to the next
FACTS = "harness_facts"  # attribute of a log record of progress: what its line says, by name


class Advance(Protocol):
    """Moves the progress on by the steps just done, and sets the note beside it."""

    def __call__(self, steps: int, note: str | None = None) -> None: ...


@contextmanager
def shown_progress(title: str, total: int, *, quiet: bool) -> Iterator[Advance]:
    """Show progress on standard error; call the yielded function with the steps just done.

    On a terminal it is a bar, elsewhere a line every 15 seconds, plain or JSON; the lines are logged whether
    or not it is shown.

    Arguments:
        title: of the work.
        total: steps that there are to do.
        quiet: show nothing; the lines are logged all the same.
    """
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("{task.fields[note]}", markup=False),
    )
    console = Console(stderr=True)
    lines = _Lines(title, total, shown=not quiet and not console.is_terminal)
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task(title, total=total, note="")

        def advance(steps: int, note: str | None = None) -> None:
            lines.advance(steps, note)
            if note is None:
                bar.advance(task, steps)
            else:
                bar.update(task, advance=steps, note=note)

        yield advance


class _Lines:
    """Plain lines: "npe-kl: training: 1,200 of 8,000, loss 0.53, 3 min left"."""

    def __init__(self, title: str, total: int, *, shown: bool) -> None:
        self._title = title
        self._total = total
        self._shown = shown
        self._done = 0
        self._note = ""
        self._begun = self._told = time.monotonic()

    def advance(self, steps: int, note: str | None) -> None:
        self._done += steps
        self._note = note if note is not None else self._note
        now = time.monotonic()
        if now - self._told < EVERY:
            return
        self._told = now
        parts = [f"{self._title}: {self._done:,} of {self._total:,}", self._note]
        left = None
        if 0 < self._done < self._total:
            left = (now - self._begun) * (self._total - self._done) / self._done
            parts.append(f"{_in_words(left)} left")
        line = ", ".join(part for part in parts if part)
        facts = {
            "stage": self._title,
            "step": self._done,
            "total": self._total,
            "note": self._note or None,
            "seconds_left": None if left is None else round(left, 1),
        }
        logger.info("%s", line, extra={FACTS: facts})
        if self._shown:
            log_line(line, **facts)


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
