"""A table of numbers in a text file, as people write it, taken apart into lines, cells and what names them.

Cells stand between commas, semicolons, tabs or spaces; numbers may have a decimal comma where no comma
separates them. Lines that begin with #, !, % or a backslash are remarks. A line of names may stand over the
numbers, and a line of units under it; tables of the NASA Exoplanet Archive (IPAC, |name|name|) and of astropy
(ECSV) have theirs in their own way, and Pyrat Bay's say @DEPTH_UNITS.
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.untrusted.files import read_bytes

Array = NDArray[np.float64]

MOST_BYTES = 2**26  # of a text that is read; a spectrum of a million points takes less
LONGEST_LINE = 100_000  # letters
_LARGEST = 1e100  # of a number

_REMARK = "#!%\\"
_MISSING = {"", "-", "--", "---", "null", "none", "n/a", "na", "nan", "masked"}
_DECIMAL_COMMA = re.compile(r"[-+]?\d+(,\d+)?([eE][-+]?\d+)?")
_ECSV_COLUMN = re.compile(r"-\s*\{(.*)\}")


@dataclass(frozen=True)
class TextTable:
    """The cells of a text file.

    Arguments:
        path: the file.
        cells: text of each row, all of one length.
        lines: number of each row's line, from 1.
        headings: the lines before the numbers that have a cell for each column.
        units: of the columns, as far as the file has them apart from its headings; "" where it has none.
        remarks: the other lines before the numbers, without the marks of remarks.
        keywords: what @-lines say, such as DEPTH_UNITS: ppm.
    """

    path: Path
    cells: list[list[str]]
    lines: list[int]
    headings: tuple[tuple[str, ...], ...]
    units: tuple[str, ...] | None
    remarks: tuple[str, ...]
    keywords: dict[str, str]

    @property
    def n_columns(self) -> int:
        return len(self.cells[0])

    def is_text(self, column: int) -> bool:
        """Whether a column holds words, such as the names of instruments."""
        words = sum(number(row[column]) is None for row in self.cells)
        return 2 * words > len(self.cells)

    def numbers(self, column: int) -> Array:
        """The numbers of a column (N,), not a number where one is missing.

        Raises:
            HarnessError: a cell holds a word.
        """
        values = [number(row[column]) for row in self.cells]
        if None in values:
            at = values.index(None)
            raise HarnessError(
                f"{self.path}, line {self.lines[at]}: '{','.join(self.cells[at])}' is not a row of numbers."
            )
        return np.array(values, dtype=np.float64)


def number(cell: str) -> float | None:
    """The number in a cell, nan where it says that there is none or an absurd one, or None for a word."""
    text = cell.strip().strip("\"'").strip()
    if text.casefold() in _MISSING:
        return math.nan
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < _LARGEST else math.nan


def read_text_table(path: Path) -> TextTable:
    """Take a text file apart.

    Raises:
        HarnessError: it is missing, unreadable, too large, not text, or not a table.
    """
    body: list[tuple[int, str]] = []
    heads: list[str] = []
    remarks: list[str] = []
    keywords: dict[str, str] = {}
    awaited: str | None = None
    for at, line in enumerate(_text(path).splitlines(), start=1):
        text = line.strip()
        if not text:
            continue
        if len(text) > LONGEST_LINE:
            raise HarnessError(
                f"{path}, line {at} has {len(text):,} letters, which no table of a spectrum has."
            )
        if text[0] == "@":
            awaited, _, said = text[1:].partition(" ")
            if said:
                keywords[awaited.upper()] = said.strip()
                awaited = None
        elif text[0] in _REMARK:
            if not body:
                remarks.append(text.lstrip(_REMARK + " "))
        elif awaited is not None and not _looks_numeric(text):
            keywords[awaited.upper()] = text
            awaited = None
        elif text[0] == "|":
            heads.append(line.rstrip())
        else:
            awaited = None
            body.append((at, text.partition("#")[0].rstrip()))
    return _table(path, body, heads, remarks, keywords)


def _text(path: Path) -> str:
    """The text of a file, in UTF-8, with or without a byte-order mark, or as Windows writes it."""
    content = read_bytes(path, MOST_BYTES)
    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0e-\x1b]", text):
            return text
    raise HarnessError(f"{path} is not a text file.")


def _table(
    path: Path,
    body: list[tuple[int, str]],
    heads: list[str],
    remarks: list[str],
    keywords: dict[str, str],
) -> TextTable:
    rows = _archive_cells(heads[0], body) if heads else _cells([text for _, text in body])
    start = next((at for at, row in enumerate(rows) if _is_numeric(row)), None)
    if start is None:
        raise HarnessError(
            f"{path} must have two or three columns in every row, wavelength [um], transit depth, and noise "
            "if it is known, or more with their names; it has no row of numbers."
        )
    before, cells = rows[:start], rows[start:]
    lines = [at for at, _ in body[start:]]
    odd = next((at for at, row in enumerate(cells) if len(row) != len(cells[0])), None)
    if odd is not None:
        raise HarnessError(
            f"{path} must have two or three columns in every row, or more with their names: line "
            f"{lines[odd]} has {len(cells[odd])} where line {lines[0]} has {len(cells[0])}."
        )
    if heads:  # names, types, units, and what stands for a missing number
        before, units = [_between_bars(heads[0])], tuple(_between_bars(heads[2])) if len(heads) > 2 else None
    else:
        units = _ecsv_units(remarks, before[-1]) if before else None
    headings = tuple(tuple(row) for row in before if len(row) == len(cells[0]))
    others = [" ".join(row) for row in before if len(row) != len(cells[0])]
    return TextTable(path, cells, lines, headings, units, (*remarks, *others), keywords)


def _between_bars(head: str) -> list[str]:
    return [cell.strip() for cell in head.strip().removeprefix("|").removesuffix("|").split("|")]


def _archive_cells(head: str, body: list[tuple[int, str]]) -> list[list[str]]:
    """The cells of an IPAC table: between spaces, or under the bars of its head where a cell holds spaces."""
    names = _between_bars(head)
    rows = [text.split() for _, text in body]
    if all(len(row) == len(names) for row in rows):
        return rows
    bars = [at for at, letter in enumerate(head) if letter == "|"]
    return [[text[one:other].strip() for one, other in pairwise(bars)] for _, text in body]


def _ecsv_units(remarks: list[str], names: list[str]) -> tuple[str, ...] | None:
    if not any(remark.startswith("ECSV") for remark in remarks):
        return None
    found = {}
    for remark in remarks:
        column = _ECSV_COLUMN.match(remark)
        entries = (entry.partition(":") for entry in column[1].split(",")) if column else ()
        said = {key.strip(): value.strip().strip("'\"") for key, _, value in entries}
        if "name" in said:
            found[said["name"]] = said.get("unit", "")
    return tuple(found.get(name, "") for name in names)


def _cells(texts: list[str]) -> list[list[str]]:
    """Every line in cells, by the separator that all of them have."""
    numeric = [text for text in texts if _looks_numeric(text)] or texts
    for separator in (";", "\t"):
        if texts and all(separator in text for text in numeric):
            rows = [_split(text, separator) for text in texts]
            if separator == ";" or len({len(row) for row in rows}) == 1:
                return _with_points(rows)
    words = [text.split() for text in texts]
    if _have_decimal_commas(words):
        return _with_points(words)
    if texts and all("," in text for text in numeric):
        rows = [_split(text, ",") for text in texts]
        if not any(" " in cell for row in rows for cell in row if _looks_numeric(cell)):
            return rows
    if any("," in text for text in numeric):
        return [text.replace(",", " ").split() for text in texts]
    return words


def _split(text: str, separator: str) -> list[str]:
    cells = [cell.strip() for cell in next(csv.reader([text], delimiter=separator))]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def _have_decimal_commas(rows: list[list[str]]) -> bool:
    """Whether the numbers of all lines of numbers are written as 0,55 and stand between spaces."""
    numeric = [row for row in rows if row and _DECIMAL_COMMA.fullmatch(row[0])]
    return bool(numeric) and all(
        len(row) > 1
        and any("," in cell for cell in row)
        and all(_DECIMAL_COMMA.fullmatch(cell) for cell in row if _looks_numeric(cell))
        for row in numeric
    )


def _with_points(rows: list[list[str]]) -> list[list[str]]:
    """The same cells with decimal points, where numbers are written with commas and none with a point."""
    if any("." in cell for row in rows for cell in row if _looks_numeric(cell)):
        return rows
    return [
        [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in row] for row in rows
    ]


def _is_numeric(row: list[str]) -> bool:
    values = [value for value in map(number, row) if value is not None]
    return len(values) >= 2 and any(math.isfinite(value) for value in values)


def _looks_numeric(text: str) -> bool:
    return bool(re.match(r"[-+.]?\d", text))
