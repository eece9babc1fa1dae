"""CSV tables with one row of numbers per planet, read and checked."""

from __future__ import annotations

import csv
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError, nearest_match


@dataclass(frozen=True)
class PlanetTable:
    """Numbers by planet.

    Attributes:
        path: where they were read from.
        planets: N unique planet ids, in the order of the file.
        values: the numbers (N, C), float64, finite.
        ignored: named columns of the file that nobody asked for.
    """

    path: Path
    planets: list[str]
    values: NDArray[np.float64]
    ignored: tuple[str, ...]

    def in_order(self, planets: Sequence[str], listed_in: Path) -> NDArray[np.float64]:
        """The values (N, C) in the order of another table's planets.

        Raises:
            HarnessError: a planet is in one table and not in the other.
        """
        row = {planet: i for i, planet in enumerate(self.planets)}
        missing = [planet for planet in planets if planet not in row]
        if missing:
            raise _unequal(missing, listed_in, self.path)
        expected = set(planets)
        extra = [planet for planet in self.planets if planet not in expected]
        if extra:
            raise _unequal(extra, self.path, listed_in)
        return self.values[[row[planet] for planet in planets]]


def _unequal(planets: list[str], present: Path, absent: Path) -> HarnessError:
    more = f" (nor {len(planets) - 1:,} more)" if len(planets) > 1 else ""
    return HarnessError(
        f"Planet {planets[0]} is in {present} but not in {absent}{more}; both must hold the same planets."
    )


def rows_of(path: Path) -> Iterator[list[str]]:
    """The header of a CSV file, then its rows one at a time, as text; empty lines are left out.

    Raises:
        HarnessError: the file is missing, empty, not text, or a row has too few or too many fields.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            if not header:
                raise HarnessError(f"{path} is empty; expected a header and one row for each planet.")
            yield header
            for row in reader:
                if row and len(row) != len(header):
                    raise HarnessError(
                        f"{path} has {len(row)} fields in line {reader.line_num}, which begins with "
                        f"'{row[0]}', but {len(header)} column names; if it was cut off, copy it again."
                    )
                if row:
                    yield row
    except FileNotFoundError:
        raise HarnessError(f"{path} is missing.") from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise HarnessError(f"{path} is not a CSV table ({error}).") from error
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}).") from error


def read_planet_table(path: Path, key: str, columns: Sequence[str]) -> PlanetTable:
    """Read the columns of a table by name, in whatever order the file has them.

    Columns without a name (a written-out row index) and further columns are left out.

    Arguments:
        path: a CSV file with a header.
        key: the column of planet ids.
        columns: the columns of numbers.

    Raises:
        HarnessError: a column is missing, a planet is listed twice, or a number is none.
    """
    rows = rows_of(path)
    header = next(rows)
    at_key, *at_columns = (_position(path, header, name) for name in (key, *columns))
    planets: dict[str, None] = {}
    values = array("d")
    for number, row in enumerate(rows, start=1):
        planet = row[at_key].strip()
        if not planet:
            raise HarnessError(f"{path} has no planet id in row {number}.")
        if planet in planets:
            raise HarnessError(f"{path} lists planet {planet} twice; a planet id must be unique.")
        planets[planet] = None
        values.extend(
            _number(path, planet, name, row[at]) for name, at in zip(columns, at_columns, strict=True)
        )
    if not planets:
        raise HarnessError(f"{path} lists no planet.")
    ignored = tuple(name for name in header if name and name not in (key, *columns))
    return PlanetTable(path, list(planets), np.array(values).reshape(len(planets), len(columns)), ignored)


def _position(path: Path, header: list[str], name: str) -> int:
    if header.count(name) > 1:
        raise HarnessError(f"{path} has the column '{name}' {header.count(name)} times; keep one.")
    if name not in header:
        known = [other for other in header if other]
        raise HarnessError(
            f"{path} has no column '{name}'{nearest_match(name, known)}; it has {', '.join(known) or 'none'}."
        )
    return header.index(name)


def _number(path: Path, planet: str, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise HarnessError(f"{path}, planet {planet}: {column} is '{text}'; expected a number.") from None
    if not np.isfinite(value):
        raise HarnessError(f"{path}, planet {planet}: {column} is {text}; expected a finite number.")
    return value
