"""A table of numbers in a text file, as people write it, taken apart into lines, cells and what names them.

Cells stand between commas, semicolons, tabs, bars, the & of TeX or spaces; numbers may have a decimal comma
where no comma separates them, or thousands separators. Lines that begin with #, !, %, //, a backslash, or a
semicolon that separates nothing are remarks. A line of names may stand over the numbers, with a line of units
and rules under it; tables of the NASA Exoplanet Archive (IPAC, |name|name|) and of astropy (ECSV) have theirs
in their own way, Pyrat Bay's say @DEPTH_UNITS, and those of journals describe themselves byte by byte.
"""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.files.byte_table import read_byte_table
from harness.files.cell_ranges import ranges_apart
from harness.untrusted.files import read_bytes

Array = NDArray[np.float64]

MOST_BYTES = 2**26  # of a text that is read; a spectrum of a million points takes less
LONGEST_LINE = 100_000  # letters
_LARGEST = 1e19  # of a number; larger ones fill gaps, as 1e20, 1e30 and 9.97e36 do

_REMARK = "#!%\\"
_MISSING = {
    *("", "-", "--", "---", "–", "—", "...", "…", "null", "none", "n/a", "#n/a", "na", "nan", "masked", "?"),
    *("undef", "nodata", "\\nodata", "\\ldots", "\\dots", "\\cdots"),
}
_LIMIT = re.compile(r"[<>≤≥]=?\s*[-+]?[\d.]+([eE][-+]?\d+)?")
_FORTRAN = re.compile(r"[-+]?\d*\.?\d*[dD][-+]?\d+")
_DECIMAL_COMMA = re.compile(r"[-+]?\d+(,\d+)?([eE][-+]?\d+)?")
_COMMAS_OF_THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")
_POINTS_OF_THOUSANDS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+,\d+")
_THOUSANDS = re.compile(r"(?<=\d)['\u2019\u202f](?=\d{3}(?!\d))")  # as in Switzerland and France
_RULE = re.compile(r":?[-=]{2,}:?")
_END_OF_ROW = re.compile(r"\s*\\\\(\[.*\])?\s*(\\hline)?\s*$")  # in a table of TeX
_END_OF_TABLE = re.compile(r"={2,}")  # of reStructuredText
_NOTE = re.compile(r"#(?!N/A)", re.IGNORECASE)  # after the cells of a line
_ECSV_COLUMN = re.compile(r"-\s*\{(.*)\}")


@dataclass(frozen=True)
class Covariance:
    """The covariance of a file's depths (N, N), and its unit as the file says it, or None."""

    values: Array
    unit: str | None


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
        covariance: of the rows, where the file is of a kind that can hold one and does.
    """

    path: Path
    cells: list[list[str]]
    lines: list[int]
    headings: tuple[tuple[str, ...], ...]
    units: tuple[str, ...] | None
    remarks: tuple[str, ...]
    keywords: dict[str, str]
    covariance: Covariance | None = None

    @property
    def n_columns(self) -> int:
        return len(self.cells[0])

    def is_text(self, column: int) -> bool:
        """Whether a column holds words, such as the names of instruments."""
        words = sum(value is None for value in self._values[column])
        return 2 * words > len(self.cells)

    @cached_property
    def _values(self) -> list[list[float | None]]:
        """What `number` makes of the cells, by column."""
        return [[number(row[column]) for row in self.cells] for column in range(self.n_columns)]

    def numbers(self, column: int) -> Array:
        """The numbers of a column (N,), not a number where one is missing.

        Raises:
            HarnessError: a cell holds a word.
        """
        values = self._values[column]
        if None in values:
            at = values.index(None)
            raise HarnessError(
                f"{self.path}, line {self.lines[at]}: '{','.join(self.cells[at])}' is not a row of numbers: "
                f"'{self.cells[at][column]}' in column {column + 1} is none; write it as one, or nan where "
                "nothing was measured."
            )
        return np.array(values, dtype=np.float64)


def number(cell: str) -> float | None:
    """The number in a cell, nan for none, a limit or an absurd one, or None for a word."""
    try:
        value = float(cell)  # of nearly all cells, in files of 100,000 rows
    except ValueError:
        return _unusual_number(cell)
    return value if abs(value) < _LARGEST else math.nan


def _unusual_number(cell: str) -> float | None:
    text = cell.strip().strip("\"'").strip()
    if text.casefold() in _MISSING or _LIMIT.fullmatch(text):
        return math.nan
    if _FORTRAN.fullmatch(text):
        text = text.casefold().replace("d", "e")
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
    content = _text(path)
    described = read_byte_table(content.splitlines())
    if described is not None and described.cells:
        return TextTable(path, described.cells, described.lines, (described.names,), described.units, (), {})
    body: list[tuple[int, str]] = []
    barred: list[tuple[int, str]] = []
    remarks: list[str] = []
    keywords: dict[str, str] = {}
    awaited: str | None = None
    for at, line in enumerate(content.splitlines(), start=1):
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
        elif text[0] in _REMARK or text[:2] == "//" or (text[0] == ";" and ";" not in text[1:]):
            if not body:
                remarks.append(text.lstrip(_REMARK + ";/ "))
        elif awaited is not None and not _looks_numeric(text):
            keywords[awaited.upper()] = text
            awaited = None
        elif text[0] == "|":
            barred.append((at, line.rstrip()))
        else:
            awaited = None
            row = line if barred else text  # the cells of an archive's table stand under its bars
            body.append((at, _END_OF_ROW.sub("", _NOTE.split(row)[0].rstrip())))
    if not body:  # a table of Markdown, with bars about every line
        body, barred = [(at, line.strip().strip("|").strip()) for at, line in barred], []
    return _table(path, body, [line for _, line in barred], remarks, keywords)


def _text(path: Path) -> str:
    """The text of a file, in UTF-8 or UTF-16, with or without a byte-order mark, or as Windows writes it."""
    content = read_bytes(path, MOST_BYTES)
    for encoding in _encodings(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.rstrip("\x1a")  # by which DOS ends a file
        if not re.search(r"[\x00-\x08\x0e-\x1b]", text):
            return _THOUSANDS.sub("", text.replace("\N{MINUS SIGN}", "-"))
    raise HarnessError(
        f"{path} is not a text file in UTF-8 or UTF-16; write the table as text, or give the file the suffix "
        "of its kind."
    )


def _encodings(content: bytes) -> tuple[str, ...]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return ("utf-16",)
    start = content[: 2 * (len(content[:200]) // 2)]
    for encoding, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(content) % 2 == 0 and zeros.count(0) > 0.9 * len(zeros) > 0:
            return (encoding,)  # every other byte of what ASCII has
    return ("utf-8-sig", "cp1252")


def _table(
    path: Path,
    body: list[tuple[int, str]],
    heads: list[str],
    remarks: list[str],
    keywords: dict[str, str],
) -> TextTable:
    ecsv = any(remark.startswith("ECSV") for remark in remarks)
    rows = _archive_cells(heads[0], body) if heads else _cells([text for _, text in body], quoted=ecsv)
    start = next((at for at, row in enumerate(rows) if _is_numeric(row)), None)
    if start is None:
        raise HarnessError(
            f"{path} must have two or three columns in every row, wavelength [um], transit depth, and noise "
            "if it is known, or more with their names; it has no row of numbers."
        )
    before, cells = rows[:start], rows[start:]
    while all(map(_END_OF_TABLE.fullmatch, cells[-1])):
        cells = cells[:-1]
    lines = [at for at, _ in body[start:]][: len(cells)]
    odd = next((at for at, row in enumerate(cells) if len(row) != len(cells[0])), None)
    if odd is not None:
        raise HarnessError(
            f"{path} must have two or three columns in every row, or more with their names: line "
            f"{lines[odd]} has {len(cells[odd])} where line {lines[0]} has {len(cells[0])}."
        )
    if heads:  # names, types, units, and what stands for a missing number
        before, units = [_between_bars(heads[0])], tuple(_between_bars(heads[2])) if len(heads) > 2 else None
    else:
        columns = _ecsv_columns(remarks) if before and ecsv else {}
        units = tuple(columns.get(name, {}).get("unit", "") for name in before[-1]) if columns else None
        described = ((name, said.get("description")) for name, said in columns.items())
        remarks = [*remarks, *(f"{name} {words}" for name, words in described if words)]
    if _are_counted(cells):  # the names of rows, over which R and pandas write no name
        before = [["", *row] if len(row) == len(cells[0]) - 1 else row for row in before]
    before, cells, units = ranges_apart(before, cells, units)
    headings = tuple(
        tuple(row) for row in before if len(row) == len(cells[0]) and not all(map(_RULE.fullmatch, row))
    )
    others = [text for (_, text), row in zip(body, before, strict=False) if len(row) != len(cells[0])]
    return TextTable(path, cells, lines, headings, units, (*remarks, *others), keywords)


def _are_counted(cells: list[list[str]]) -> bool:
    """Whether the first column counts the rows, from 0 or 1."""
    counted = [row[0].strip("\"'") for row in cells]
    return counted in ([str(at + first) for at in range(len(cells))] for first in (0, 1))


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


def _ecsv_columns(remarks: list[str]) -> dict[str, dict[str, str]]:
    """What the head of an ECSV table says of its columns, such as their units."""
    found = {}
    for remark in remarks:
        column = _ECSV_COLUMN.match(remark)
        entries = (entry.partition(":") for entry in column[1].split(",")) if column else ()
        said = {key.strip(): value.strip().strip("'\"") for key, _, value in entries}
        if "name" in said:
            found[said["name"]] = said
    return found


def _cells(texts: list[str], quoted: bool) -> list[list[str]]:
    """Every line in cells, by the separator that all of them have; `quoted` if words may hold spaces."""
    numeric = [text for text in texts if _looks_numeric(text)] or texts
    for separator in (";", "\t", "|", "&"):
        if texts and all(separator in text for text in numeric):
            rows = _split(texts, separator)
            if separator == ";" or (len({len(row) for row in rows}) == 1 and not _hold_rows(rows)):
                return _with_points(rows)
    words = _split(texts, " ") if quoted else [text.split() for text in texts]
    if _have_decimal_commas(words):
        return _with_points(words)
    if texts and all("," in text for text in numeric):
        rows = [[cell.strip() for cell in re.split(r",\s+", text.strip())] for text in texts]
        if _have_decimal_commas(rows):
            return _with_points(rows)
        rows = _split(texts, ",")
        if not _hold_rows(rows):
            return _with_points(rows)
    if any("," in text for text in numeric):
        return [text.replace(",", " ").split() for text in texts]
    return words


def _split(texts: list[str], separator: str) -> list[list[str]]:
    """The cells of every line, without the empty ones behind a separator that ends all lines."""
    reader = csv.reader(texts, delimiter=separator, skipinitialspace=True)
    try:
        rows = [[cell.strip() for cell in row] for row in reader]
    except csv.Error:
        rows = [[cell.strip() for cell in text.split(separator)] for text in texts]
    if len(rows) != len(texts):  # a quotation mark that is never closed
        rows = [[cell.strip() for cell in text.split(separator)] for text in texts]
    numbers = [row for row in rows if row and _looks_numeric(row[0])] or rows
    if numbers and all(len(row) > 1 and not row[-1] for row in numbers):
        length = len(numbers[0])
        rows = [row[:-1] if len(row) == length and not row[-1] else row for row in rows]
    return rows


def _hold_rows(rows: list[list[str]]) -> bool:
    """Whether cells hold several numbers with spaces between them: the lines are separated by those too."""
    return any(" " in cell and all(map(_looks_numeric, cell.split())) for row in rows for cell in row)


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
    """The same cells with decimal points and without separators of thousands.

    A comma is decimal where numbers have commas and none a point, and where points stand before it.
    """
    numbers = [cell for row in rows for cell in row if "," in cell and _looks_numeric(cell)]
    if not numbers:
        return rows
    if any(_POINTS_OF_THOUSANDS.fullmatch(cell) for cell in numbers):
        return _replaced(
            rows, re.compile(rf"{_POINTS_OF_THOUSANDS.pattern}|{_DECIMAL_COMMA.pattern}"), ".", ","
        )
    if any("." in cell for row in rows for cell in row if _looks_numeric(cell)):
        return _replaced(rows, _COMMAS_OF_THOUSANDS, ",", ".")
    return _replaced(rows, _DECIMAL_COMMA, "", ",")


def _replaced(rows: list[list[str]], form: re.Pattern[str], thousands: str, decimal: str) -> list[list[str]]:
    """Cells of a form without one sign, and a point in the place of the other."""

    def plain(cell: str) -> str:
        return cell.replace(thousands, "").replace(decimal, ".") if thousands else cell.replace(decimal, ".")

    return [[plain(cell) if form.fullmatch(cell) else cell for cell in row] for row in rows]


def _is_numeric(row: list[str]) -> bool:
    values = [value for value in map(number, row) if value is not None]
    return len(values) >= 2 and any(math.isfinite(value) for value in values)


def _looks_numeric(text: str) -> bool:
    return bool(re.match(r"[-+.]?\d", text))
