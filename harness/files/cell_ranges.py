"""Cells of a table that hold ranges, such as 1.10-1.15, as publications write the edges of channels."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_RANGE = re.compile(r"\$?\s*(\d+\.?\d*|\.\d+)\s*(?:--?|–|—|to)\s*(\d+\.?\d*|\.\d+)\s*\$?")
_WORD = re.compile(r"\W*[^\W\d_]{3,}|λ|\\lambda")  # that names a column, and is no unit alone

Rows = list[list[str]]


def ranges_apart(
    headings: Rows, cells: Rows, units: tuple[str, ...] | None
) -> tuple[Rows, Rows, tuple[str, ...] | None]:
    """A table with two columns in the place of each that holds nothing but ranges, named start and end.

    Arguments:
        headings: the lines over the cells, some of them with a cell for each column.
        cells: of the rows, all of one length.
        units: of the columns, or None.
    """
    length = len(cells[0])
    at = [column for column in range(length) if all(_RANGE.fullmatch(row[column]) for row in cells)]
    if not at:
        return headings, cells, units
    return (
        [_apart(row, at, _names) if len(row) == length else row for row in headings],
        [_apart(row, at, _edges) for row in cells],
        units and tuple(_apart(units, at, lambda unit: (unit, unit))),
    )


def _apart(row: Sequence[str], at: Sequence[int], parts: Callable[[str], tuple[str, str]]) -> list[str]:
    return [part for column, cell in enumerate(row) for part in (parts(cell) if column in at else (cell,))]


def _edges(cell: str) -> tuple[str, str]:
    found = _RANGE.fullmatch(cell)
    assert found is not None
    return found[1], found[2]


def _names(name: str) -> tuple[str, str]:
    """The names of both; a unit alone, or a rule, is that of both."""
    return (f"{name} start", f"{name} end") if _WORD.match(name) else (name, name)
