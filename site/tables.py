"""Tables of Markdown."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def options(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table that becomes a list where the window is narrow."""
    return f'<div class="options" markdown>\n\n{table(columns, rows)}\n\n</div>'


def cell(text: object) -> str:
    """Plain text as one cell or one paragraph: nothing in it is markup but `code`."""
    parts = " ".join(str(text).split()).split("`")
    quoted = [part if index % 2 else _plain(part) for index, part in enumerate(parts)]
    return "`".join(quoted).replace("|", "&#124;")


def _plain(text: str) -> str:
    text = html.escape(text, quote=False)
    for sign in "\\*_[]":
        text = text.replace(sign, f"&#{ord(sign)};")
    return text
