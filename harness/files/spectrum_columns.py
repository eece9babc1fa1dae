"""Which column of a text table holds what of a spectrum: as its user says, its names, or its numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import numpy as np

from harness.errors import HarnessError
from harness.files.column_names import (
    ERRORS,
    OF_WAVELENGTH,
    Column,
    Role,
    is_unit,
    of_depth,
    of_what,
    read_name,
    strange,
    tells_several_sigma,
    without_tex,
)
from harness.files.column_numbers import roles_by_numbers
from harness.files.text_table import TextTable
from harness.untrusted.words import excerpt

_DECORATED = re.compile(r"[\s$({~≈]*[-+]?\d*[.,]\d")  # how a number begins, whatever stands about it
_NUMBERED = re.compile(r"#*\s*(?:col(?:umn)?\s*)?[\[(]?(\d{1,2})[\])]?\s*[.:=)-]?\s+(.+)", re.IGNORECASE)
_UP_TO_UNIT = re.compile(r"[^\[\]]*?[\[(][^\[\]()^]*[\])](?=\s|$)")
_COLUMN_HEAD = re.compile(r"\\colhead\{((?:[^{}]|\{[^{}]*\})*)\}")  # of a table of AASTeX
_LONGEST_REMARK = 5000  # letters; a longer one names no columns


@dataclass(frozen=True)
class Given:
    """What its user says of a file, which goes before what the file says.

    Arguments:
        columns: a name for each column, such as wavelength, depth, error, width, half-width, or skip.
        units: of wavelength, depth and error, as far as they are said.
    """

    columns: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)


def find_columns(table: TextTable, given: Given, alone: Role) -> list[Column]:
    """What each column is: as the user says, or as a line of names does, or by the numbers.

    Arguments:
        table: the cells of a file.
        given: what its user says of it.
        alone: what stands beside the wavelength in a file of two columns: Role.DEPTH, or Role.ERROR.

    Raises:
        HarnessError: it cannot be told; asks for what is missing.
    """
    if given.columns:
        return _given_columns(table, given.columns, alone)
    named = _named_columns(table, alone)
    if (told := next(filter(tells_several_sigma, table.remarks), None)) is not None:
        raise HarnessError(
            f"{table.path} says '{excerpt(told.strip('# '))}': convert its errors to 1 sigma or, if they "
            f"are, say what the columns are, such as with --columns {_example(table.n_columns)}."
        )
    if named is not None:
        return named
    texts = [table.is_text(at) for at in range(table.n_columns)]
    _require_plain_numbers(table, texts)
    roles = roles_by_numbers([table.numbers(at) for at, text in enumerate(texts) if not text], alone)
    if roles is None:
        shown = f"{table.n_columns} columns" + (" (some of words)" if any(texts) else "")
        raise HarnessError(
            f"{table.path} has {shown} and no line of names that tells what they are; say it, such as with "
            f"--columns {_example(table.n_columns)}."
        )
    found = iter(roles)
    return [
        Column(f"column {at + 1}", Role.LEFT_OUT if text else next(found), None)
        for at, text in enumerate(texts)
    ]


def _require_plain_numbers(table: TextTable, texts: Sequence[bool]) -> None:
    """Refuse to leave columns out as words that hold numbers with something beside them.

    Raises:
        HarnessError: there is one.
    """
    for at, text in enumerate(texts):
        cells = [row[at] for row in table.cells]
        decorated = [cell for cell in cells if _DECORATED.match(cell)] if text else []
        if 2 * len(decorated) > len(cells):
            raise HarnessError(
                f"{table.path} has cells such as '{decorated[0]}' in column {at + 1}, which are no plain "
                "numbers; write the numbers alone, or say what the columns are, such as with --columns "
                f"{_example(table.n_columns)}."
            )


def _given_columns(table: TextTable, names: Sequence[str], alone: Role) -> list[Column]:
    if len(names) != table.n_columns:
        raise HarnessError(
            f"--columns names {len(names)} columns, but {table.path} has {table.n_columns}; name each of "
            "them, and skip for one that is to be left out."
        )
    columns = []
    for name in names:
        column = Column(name, Role.LEFT_OUT, None) if name in ("skip", "-") else read_name(name)
        if column.role is None:
            raise HarnessError(
                f"--columns names a column '{name}', which is none of {', '.join(Role)}, or skip; name it so."
            )
        columns.append(column)
    if (wrong := _what_is_wrong(columns, alone)) is not None:
        raise HarnessError(f"--columns {','.join(names)} {wrong}.")
    return _errors_of_ratio(columns)


def _named_columns(table: TextTable, alone: Role) -> list[Column] | None:
    """The columns by a line of names, or None if there is no such line.

    Raises:
        HarnessError: there is one, and it does not tell which column is the wavelength or the depth.
    """
    units: Sequence[str] | None = None
    for names in reversed(table.headings):
        if _are_units(names):
            units = _bare(names)
            continue
        named = _with(names, units or table.units)
        return _checked(table, [read_name(name, unit) for name, unit in named], alone)
    remarks = [_splits(remark, table) for remark in reversed(table.remarks)]
    numbered = _numbered(table)
    for ways in [numbered] if numbered else remarks:
        if (said := next(filter(_are_units, ways), None)) is not None:
            units = _bare(said)
            continue
        if units is None:  # they stand over the names
            units = next((_bare(way) for ways in remarks for way in ways if _are_units(way)), None)
        for cells in ways:
            columns = [read_name(name, unit) for name, unit in _with(cells, units)]
            columns += [Column("", Role.LEFT_OUT, None)] * (table.n_columns - len(columns))
            if any(column.role in OF_WAVELENGTH for column in columns) and len(_meant(columns)) > 1:
                return _checked(table, columns, alone)
    return None


def _are_units(cells: Sequence[str]) -> bool:
    """Whether cells hold units and nothing else, in brackets or without."""
    return any(cells) and all(not cell or is_unit(cell) for cell in _bare(cells))


def _bare(cells: Sequence[str]) -> list[str]:
    return [without_tex(cell).strip("()[]<> ") for cell in cells]


def _with(names: Sequence[str], units: Sequence[str] | None) -> list[tuple[str, str]]:
    """The names with the units that a line of units has for them."""
    said = ["" if unit.casefold() == "null" else unit for unit in units or ()]
    return list(zip_longest(names, said[: len(names)], fillvalue=""))


def _without_errors_of_others(columns: list[Column]) -> list[Column]:
    """The columns, where errors of another quantity of the table (u1, u1_err) are none of the depths."""
    others = {of_what(one.name) for one in columns if one.role is None}
    return [
        Column(one.name, None, one.unit)
        if one.role in ERRORS[Role.DEPTH] and of_what(one.name) in others - {""}
        else one
        for one in columns
    ]


def _checked(table: TextTable, columns: list[Column], alone: Role) -> list[Column]:
    columns = _without_errors_of_others(columns)
    wrong = _what_is_wrong(columns, alone)
    if wrong is not None:
        header = ", ".join(column.name or "''" for column in columns)
        convert = "" if _held(columns) is None else "convert them to depths and errors of 1 sigma, or "
        raise HarnessError(
            f"The header of {table.path} ({header}) {wrong}; {convert}say what its columns are, such as with "
            f"--columns {_example(table.n_columns)}."
        )
    return _errors_of_ratio(_one_quantity(table, columns))


def _errors_of_ratio(columns: list[Column]) -> list[Column]:
    """The columns, of which an error beside a radius ratio alone, that says no quantity, is of the ratio."""
    roles = {column.role for column in columns}
    if Role.RATIO not in roles or Role.DEPTH in roles or roles & set(ERRORS[Role.RATIO]):
        return columns
    of_ratio = dict(zip(ERRORS[Role.DEPTH], ERRORS[Role.RATIO], strict=True))
    return [
        Column(one.name, of_ratio.get(one.role, one.role) if one.role else None, one.unit) for one in columns
    ]


def _what_is_wrong(columns: Sequence[Column], alone: Role) -> str | None:
    roles = [column.role for column in columns if column.role not in (None, Role.LEFT_OUT)]
    twice = next((role for role in roles if roles.count(role) > 1), None)
    if twice is not None:
        return f"names several columns of {twice}"
    if Role.WAVELENGTH not in roles and not {Role.SHORTEST, Role.LONGEST} <= set(roles):
        return "names no wavelength"
    if alone is Role.ERROR:
        return (
            None if any(role in roles for errors in ERRORS.values() for role in errors) else "names no error"
        )
    if Role.DEPTH in roles or Role.RATIO in roles:
        found = ERRORS[Role.DEPTH if Role.DEPTH in roles else Role.RATIO]
        if Role.DEPTH not in roles and any(
            one.role in ERRORS[Role.DEPTH] and of_depth(one.name) for one in columns
        ):
            return "names errors of the depths beside ratios of radii"
        held = None if any(role in roles for role in found) else _held(columns)
        return None if held is None else f"names {held}"
    held = _held(columns)
    return "names no transit depth" + ("" if held is None else f", but {held}")


def _held(columns: Sequence[Column]) -> str | None:
    """What a column holds that stands in the place of errors or of transit depths, but is neither."""
    held = ((strange(column.name), column.name) for column in columns)
    return next((f"{what}, in '{name}'" for what, name in held if what is not None), None)


def _one_quantity(table: TextTable, columns: list[Column]) -> list[Column]:
    """The depth or the radius ratio, of an archive's table that has columns for both: what it has more of."""
    at = {column.role: position for position, column in enumerate(columns)}
    if not (Role.DEPTH in at and Role.RATIO in at):
        return columns
    seen = {role: int(np.isfinite(table.numbers(at[role])).sum()) for role in (Role.DEPTH, Role.RATIO)}
    other = Role.RATIO if seen[Role.DEPTH] >= seen[Role.RATIO] else Role.DEPTH
    left = (other, *ERRORS[other])
    return [Column(one.name, Role.LEFT_OUT, one.unit) if one.role in left else one for one in columns]


def _meant(columns: Sequence[Column]) -> list[Role]:
    return [column.role for column in columns if column.role not in (None, Role.LEFT_OUT)]


def _numbered(table: TextTable) -> list[list[str]]:
    """The names of the columns where remarks list them by their numbers, as "Column 2: width (um)" does."""
    found = [_NUMBERED.match(remark) for remark in table.remarks]
    listed = [(int(match[1]), match[2].strip()) for match in found if match]
    if [at for at, _ in listed] != list(range(1, table.n_columns + 1)):
        return []
    return [[name for _, name in listed]]


def _splits(remark: str, table: TextTable) -> list[list[str]]:
    """Ways to take a remark apart into a name for each column, or for each but the last ones, of words."""
    if len(remark) > _LONGEST_REMARK:
        return []
    body = remark.lstrip("# ").strip()
    candidates = [body] if ":" not in body else [body.partition(":")[2].strip(), body]
    words = next((n for n in range(table.n_columns) if not table.is_text(table.n_columns - 1 - n)), 0)
    allowed = {table.n_columns, table.n_columns - words}
    ways = []
    for text in candidates:
        for separator in (",", ";", "\t", "|", "  ", None):
            cells = [cell.strip() for cell in text.split(separator) if cell.strip()]
            if len(cells) in allowed:
                ways.append(cells)
        heads = _COLUMN_HEAD.findall(text)
        ways += [heads] if len(heads) in allowed else []
        named = [name.strip() for name in _UP_TO_UNIT.findall(text)]
        if len(named) in allowed and text.endswith(named[-1]) and all(map(_ends_with_unit, named)):
            ways.append(named)
    return ways


def _ends_with_unit(name: str) -> bool:
    return is_unit(re.split(r"[\[(]", name)[-1].rstrip("])"))


def _example(n_columns: int) -> str:
    names: tuple[str, ...] = ("wavelength", "depth", "error", "width")
    if n_columns > len(names):
        names = ("wavelength", "width", "depth", "lower-error", "upper-error")
    return ",".join((*names[:n_columns], *("skip",) * (n_columns - len(names))))
