"""A console that shows text as it is, as wide as what it prints to."""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console
from rich.text import Text

from harness.untrusted.words import printable, printable_lines

WIDTH_OF_A_FILE = 160


class PlainConsole(Console):
    """A console that takes no text for markup, and prints no control character of it.

    Names of files, partitions, parameters and plugins are a stranger's; what is to be bold is `styled`.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Text without markup, in the style that is asked for."""
        return super().render_str(printable_lines(text), **{**options, "markup": False, "emoji": False})


def styled(*parts: str | tuple[str, str]) -> Text:
    """Text of several parts, each plain or with its style, none of which is taken for markup."""
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Text.assemble(*((printable_lines(text), style) for text, style in pairs))


def named(name: str, unit: str) -> Text:
    """A quantity with its unit: "planet_temp [K]"."""
    return styled(printable(name), (f" [{printable(unit)}]" if unit else "", "dim"))


def console_for_tables() -> PlainConsole:
    """Standard output; a file or a pipe has no width, so nothing need be left out for the lack of it."""
    console = PlainConsole()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = WIDTH_OF_A_FILE
    return console
