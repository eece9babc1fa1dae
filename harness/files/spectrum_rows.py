"""What the rows of a spectrum's table are, by the columns beside its numbers: whose, limits, marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.files.column_names import Column, Role
from harness.files.text_table import TextTable, number

_OF_INSTRUMENTS = re.compile(r"instr|offset|group|facility|telescope|visit|detector|(^|_)order$")
_OF_PLANETS = re.compile(r"planet|^pl_?n|plntname|^target|^object|^host|^star(_?name)?$")
_FLAGS_LIMITS = re.compile(r"lim$|limit_?flag|^upper_?limit$")
_MARKS = re.compile(r"flag|mask|qual|^good|^bad|^use[d]?$|outlier|reject|exclu|^valid|^include|^ok$")
_VERDICTS = {"true", "false", "yes", "no", "good", "bad", "ok", "t", "f", "y", "n", "x", "flagged", "outlier"}
_ECLIPSE = re.compile(r"(secondary[ _-]?)?eclips|emission|day[ _-]?side|occultation|phase[ _-]?curve", re.I)


def _words(table: TextTable, at: int) -> list[str]:
    return [row[at].strip() for row in table.cells]


def _recur(words: Sequence[str]) -> bool:
    """Whether there are so few different words that they may name groups of rows."""
    return len(set(words)) <= max(2, len(words) // 2)


def _are_verdicts(words: Sequence[str]) -> bool:
    said = {word.casefold() for word in words if word}
    return bool(said) and said <= _VERDICTS


def limits(table: TextTable, columns: Sequence[Column]) -> NDArray[np.bool_]:
    """Which rows are limits and no measurements, by a column that flags them (N,)."""
    found = np.zeros(len(table.cells), dtype=bool)
    for at, column in enumerate(columns):
        if column.role is Role.LEFT_OUT and _FLAGS_LIMITS.search(column.name.casefold()):
            flags = [number(row[at]) for row in table.cells]
            found |= np.array([flag is not None and np.isfinite(flag) and flag != 0 for flag in flags])
    return found


def offset_groups(
    table: TextTable, columns: Sequence[Column], kept: NDArray[np.bool_]
) -> tuple[tuple[str, ...] | None, tuple[int, ...]]:
    """For each row its instrument or offset group, by the columns that say so and whose cells differ, and
    the positions of these columns."""
    rows = [row for row, good in zip(table.cells, kept.tolist(), strict=True) if good]
    said, positions = [], []
    for at, column in enumerate(columns):
        words = [row[at].strip() for row in rows]
        unread = column.role in (None, Role.LEFT_OUT)
        named = unread and _OF_INSTRUMENTS.search(column.name.casefold())
        if _marks_rows(table, column, at):
            continue
        if (table.is_text(at) or named) and len(set(words)) > 1 and _recur(words):
            said.append([word if number(word) is None else f"group {word}" for word in words])
            positions.append(at)
    return tuple(" ".join(row) for row in zip(*said, strict=True)) if said else None, tuple(positions)


def instruments(table: TextTable, columns: Sequence[Column]) -> list[str] | None:
    """For each row what its columns of words say, such as the name of the instrument."""
    words = [
        at
        for at, column in enumerate(columns)
        if table.is_text(at) and not _marks_rows(table, column, at) and _recur(_words(table, at))
    ]
    return [" ".join(row[at] for at in words) for row in table.cells] if words else None


def require_one_transit(table: TextTable, columns: Sequence[Column]) -> None:
    """Refuse rows of several planets, and rows of which a column of words says that they are of an eclipse.

    Raises:
        HarnessError: there are some.
    """
    for at, column in enumerate(columns):
        if column.role not in (None, Role.LEFT_OUT):
            continue
        named = sorted({word for word in _words(table, at) if word})
        if _OF_PLANETS.search(column.name.casefold()) and table.is_text(at) and len(named) > 1:
            shown = ", ".join(named[:3]) + (", ..." if len(named) > 3 else "")
            raise HarnessError(
                f"{table.path} has rows of {len(named)} planets in its column '{column.name}' ({shown}); "
                "keep those of one."
            )
        if table.is_text(at) and (eclipse := next(filter(_ECLIPSE.match, named), None)) is not None:
            raise HarnessError(
                f"{table.path} has rows of '{eclipse}' in its column '{column.name}', which are no transit: "
                "keep those of the transmission spectrum alone."
            )


def marks(table: TextTable, columns: Sequence[Column], kept: NDArray[np.bool_]) -> tuple[str, ...]:
    """A sentence for each column that marks some of the rows that are kept (N,), such as a quality flag."""
    told = []
    for at, column in enumerate(columns):
        if not _marks_rows(table, column, at):
            continue
        said = [word for word, good in zip(_words(table, at), kept.tolist(), strict=True) if good]
        counted = Counter(said).most_common()
        if 1 < len(counted) <= max(2, len(said) // 2):
            rest = sum(count for _, count in counted[1:])
            told.append(
                f"The column '{column.name}' marks rows ({counted[0][0]} in {counted[0][1]}, another in "
                f"{rest}), and all of them are taken: leave out those that are bad."
            )
    return tuple(told)


def _marks_rows(table: TextTable, column: Column, at: int) -> bool:
    """Whether a column says which rows are good, and not what saw them."""
    if column.role not in (None, Role.LEFT_OUT) or _FLAGS_LIMITS.search(column.name.casefold()):
        return False
    by_name = _MARKS.search(column.name.casefold()) is not None
    return by_name or (table.is_text(at) and _are_verdicts(_words(table, at)))
