"""A console as wide as what it prints to."""

from __future__ import annotations

import os

from rich.console import Console

WIDTH_OF_A_FILE = 160


def console_for_tables() -> Console:
    """Standard output; a file or a pipe has no width, so nothing need be left out for the lack of it."""
    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH_OF_A_FILE
    return console
