"""Text from a file, a record or a plugin, made harmless wherever it is shown or published."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# what a spreadsheet takes for the beginning of a formula
_FORMULA = ("=", "+", "-", "@")

# what Markdown takes for markup inside a line; an address is a link wherever it stands
_MARKDOWN = re.compile(r"[\\`*_\[\]<>#|~!&$]|:(?=//)|(?<=www)\.")


def printable(text: str) -> str:
    """Text on one line that moves no cursor, colours nothing and hides nothing.

    Blanks of every kind, line breaks among them, become a plain blank; any other character that cannot be
    printed (control characters, escape codes, marks that reverse the direction of writing, halves of a
    surrogate pair) becomes a replacement mark.
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else " " if letter.isspace() else REPLACEMENT for letter in text
    )


def is_printable(text: str) -> bool:
    """Whether `printable` leaves a text as it is."""
    return text.isprintable()


def printable_lines(text: str) -> str:
    """The same for a text whose line breaks are meant."""
    return "\n".join(printable(line) for line in text.split("\n"))


def excerpt(text: str, longest: int = 80) -> str:
    """The beginning of a text, for a message that quotes it."""
    shown = printable(text[: longest + 1])
    return shown if len(text) <= longest else f"{shown[:longest]}..."


def for_markdown(text: str) -> str:
    """Text that Markdown shows as it is: no heading, link, picture, HTML, cell or emphasis comes of it."""
    return _MARKDOWN.sub(r"\\\g<0>", printable(text))


def for_code(text: str) -> str:
    """Text to stand between backticks in Markdown: everything is plain there but the backtick."""
    return printable(text).replace("`", "'")


def for_spreadsheet(cells: Iterable[object]) -> list[object]:
    """The cells of a row of CSV, none of which a spreadsheet computes.

    Text that begins as a formula does is quoted; numbers are left alone, and so is text that is one.
    """
    return [_plain_cell(cell) if isinstance(cell, str) else cell for cell in cells]


def _plain_cell(text: str) -> str:
    shown = printable(text)
    if not shown.lstrip().startswith(_FORMULA) or shown == "-":
        return shown
    try:
        float(shown)
    except ValueError:
        return f"'{shown}"
    return shown


def for_shell_comment(text: str) -> str:
    """A comment of a shell that none runs: some read `#` as a command where they are typed into."""
    return f"# {shlex.quote(printable(text))}" if re.search(r"[^\w@%+=:,./ -]", text) else f"# {text}"
