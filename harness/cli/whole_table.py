"""Tables that are never cut: in a narrow terminal a digit on the next line is another number."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

ANY_WIDTH = 10_000


def needed_width(console: Console, table: Table) -> int:
    """How many characters wide a table is when nothing in it is cut or wrapped."""
    return console.measure(table, options=console.options.update(max_width=ANY_WIDTH)).maximum


def print_whole(console: Console, table: Table) -> None:
    """Print a table at the width it needs; where that is more than there is, the terminal wraps its lines."""
    width = console.width
    console.width = max(width, needed_width(console, table))
    try:
        console.print(table)
    finally:
        console.width = width
