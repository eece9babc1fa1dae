"""A console that shows text as it is, as wide as what it prints to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console, Group
from rich.text import Text

from harness.untrusted.words import printable, printable_lines

WIDTH_OF_A_FILE = 160


class PlainConsole(Console):
    """A console that takes no text for markup, and prints no control character of it.

    Names of files, partitions, parameters and plugins are a stranger's; what is to be bold is `styled`.
    A file or a pipe has no width: tables leave nothing out for the lack of it, and texts are not wrapped.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(markup=False, emoji=False, highlight=False, **options)
        self._endless = not self.is_terminal and "COLUMNS" not in os.environ
        if self._endless:
            self.width = WIDTH_OF_A_FILE

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, with no line of a text cut where there is no width."""
        in_one_line = "sep" not in options and len(objects) != 1
        if not self._endless or in_one_line or "soft_wrap" in options:
            super().print(*objects, **options)
            return
        options.pop("sep", None)
        for part in _parts(objects):
            super().print(part, soft_wrap=isinstance(part, str | Text), **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """Text without markup, in the style that is asked for."""
        return super().render_str(printable_lines(text), **{**options, "markup": False, "emoji": False})


def _parts(objects: Iterable[Any]) -> Iterator[Any]:
    """What is printed below each other, one by one."""
    for one in objects:
        if isinstance(one, Group):
            yield from _parts(one.renderables)
        else:
            yield one


def styled(*parts: str | tuple[str, str]) -> Text:
    """Text of several parts, each plain or with its style, none of which is taken for markup."""
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Text.assemble(*((printable_lines(text), style) for text, style in pairs))


def named(name: str, unit: str) -> Text:
    """A quantity with its unit: "planet_temp [K]"."""
    return styled(printable(name), (f" [{printable(unit)}]" if unit else "", "dim"))


def console_for_tables() -> PlainConsole:
    """Standard output."""
    return PlainConsole()
