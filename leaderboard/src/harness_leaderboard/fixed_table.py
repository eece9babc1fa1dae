"""A table whose columns have widths of their own, drawn many times as fast as one that must find them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from harness_leaderboard.columns import GAP

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, JustifyMethod

Line = Sequence[Segment] | str  # of one cell, as wide as its column; text has no style


def empty_table() -> Table:
    """A table in the style of the leaderboard, without columns."""
    return Table(**_style())


def _style() -> dict[str, Any]:
    return {
        "box": box.SIMPLE_HEAD,
        "show_edge": False,
        "pad_edge": False,
        "padding": (0, 1, 0, 0),
        "header_style": "bold",
    }


class FixedTable(Table):
    """The same, of cells that are `Text` or plain text in columns that were each given a width.

    Rich measures and pads every cell by itself, which takes seconds for a thousand rows; here each is a
    padded line, or a few where it is longer than its column. Where the columns do not fit, rich sees to it.
    """

    def __init__(self) -> None:
        super().__init__(**_style())

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Any]:
        widths = [column.width or 0 for column in self.columns]
        total = sum(widths) + GAP * (len(widths) - 1)
        if total > options.max_width:
            yield from super().__rich_console__(console, options)
            return
        bold = console.get_style("bold")
        justify = [column.justify for column in self.columns]
        heads = [column.header for column in self.columns]
        yield from _row(console, heads, widths, justify, bold, at_the_bottom=True)
        yield Segment("─" * total)
        yield Segment.line()
        for cells in zip(*(column.cells for column in self.columns), strict=True):
            yield from _row(console, cells, widths, justify, Style.null())


def _row(
    console: Console,
    cells: Sequence[Any],
    widths: Sequence[int],
    justify: Sequence[JustifyMethod],
    style: Style,
    at_the_bottom: bool = False,
) -> Iterator[Segment]:
    of_cells: list[list[Line | None]] = [
        _lines(console, cell, width, side, style)
        for cell, width, side in zip(cells, widths, justify, strict=True)
    ]
    if at_the_bottom:
        height = max(map(len, of_cells))
        for cell_lines in of_cells:
            cell_lines[:0] = [None] * (height - len(cell_lines))
    for lines in zip_longest(*of_cells):
        yield from _joined(lines, widths)


def _joined(lines: Sequence[Line | None], widths: Sequence[int]) -> Iterator[Segment]:
    """A line of every cell as one line, what has no style in one piece."""
    plain: list[str] = []
    for place, (line, width) in enumerate(zip(lines, widths, strict=True)):
        if place:
            plain.append(" " * GAP)
        if line is None:
            plain.append(" " * width)
        elif isinstance(line, str):
            plain.append(line)
        else:
            yield Segment("".join(plain))
            yield from line
            plain = []
    yield Segment("".join(plain) + "\n")


def _lines(
    console: Console, cell: Text | str, width: int, justify: JustifyMethod, style: Style
) -> list[Line | None]:
    text = cell if isinstance(cell, str) else cell.plain
    unstyled = console.color_system is None or (isinstance(cell, str) and not style)
    if unstyled and all(cell_len(line) <= width for line in text.split("\n")):
        return [_blank(line, width, justify) for line in text.split("\n")]
    if isinstance(cell, str):
        cell = Text(cell)
    whole = style + console.get_style(cell.style)
    if not cell.spans and "\n" not in text and cell_len(text) <= width:
        return [_padded([Segment(text, whole)], width - cell_len(text), justify)]
    wrapped = cell.wrap(console, width, overflow="fold")
    return [
        _padded(list(Segment.apply_style(line.render(console), style)), width - cell_len(line.plain), justify)
        for line in wrapped
    ]


def _blank(text: str, width: int, justify: JustifyMethod) -> str:
    missing = " " * (width - cell_len(text))
    return missing + text if justify == "right" else text + missing


def _padded(line: list[Segment], missing: int, justify: JustifyMethod) -> Line:
    if missing <= 0:
        return line
    blank = Segment(" " * missing)
    return [blank, *line] if justify == "right" else [*line, blank]
