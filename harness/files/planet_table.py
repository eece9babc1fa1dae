"""CSV tables with one row of numbers per planet, read and checked."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.errors import EmptyDataError, ParserError

from harness.errors import HarnessError, nearest_match
from harness.untrusted.files import require_file
from harness.untrusted.words import excerpt, is_printable


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


def read_text_table(path: Path) -> pd.DataFrame:
    """A CSV table as text: columns by their names, rows in the order of the file, empty lines left out.

    Raises:
        HarnessError: the file is missing, empty, not text, or a row has too few or too many fields.
    """
    require_file(path)
    try:
        table = pd.read_csv(path, header=None, dtype=str, na_filter=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise HarnessError(f"{path} is missing.") from None
    except EmptyDataError:
        raise HarnessError(f"{path} is empty; expected a header and one row for each planet.") from None
    except (UnicodeDecodeError, ParserError) as error:
        with suppress(csv.Error, StopIteration):
            _refuse_ragged(path)
        raise HarnessError(f"{path} is not a CSV table ({' '.join(str(error).split())}).") from error
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}).") from error
    if (table.iloc[:, -1] == "").any():  # as pandas fills up a row that is too short
        _refuse_ragged(path)
    header = [str(name).strip() for name in table.iloc[0]]
    return table.iloc[1:].set_axis(header, axis="columns")


def _refuse_ragged(path: Path) -> None:
    """Refuse a table with a row of too few or too many fields, naming its line, which pandas does not."""
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        reader = csv.reader(file)
        header = next(filter(None, reader))
        for row in filter(None, reader):
            if len(row) != len(header):
                raise HarnessError(
                    f"{path} has {len(row)} fields in line {reader.line_num}, which begins with "
                    f"'{row[0]}', but {len(header)} column names; if it was cut off, copy it again."
                )


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
    table = read_text_table(path)
    header = list(table.columns)
    at_key, *at_columns = (_position(path, header, name) for name in (key, *columns))
    planets = table.iloc[:, at_key].str.strip().tolist()
    if not planets:
        raise HarnessError(f"{path} lists no planet.")
    if "" in planets:
        raise HarnessError(f"{path} has no planet id in row {planets.index('') + 1}.")
    if strange := [planet for planet in planets if not is_printable(planet)]:
        raise HarnessError(
            f"{path} has the planet id '{excerpt(strange[0])}', with characters that cannot be printed."
        )
    if len(set(planets)) < len(planets):
        twice = Counter(planets).most_common(1)[0][0]
        raise HarnessError(f"{path} lists planet {twice} twice; a planet id must be unique.")
    values = _numbers(path, planets, columns, table.iloc[:, at_columns].to_numpy(dtype=object))
    ignored = tuple(name for name in header if name and name not in (key, *columns))
    return PlanetTable(path, planets, values, ignored)


def _position(path: Path, header: list[str], name: str) -> int:
    if header.count(name) > 1:
        raise HarnessError(f"{path} has the column '{name}' {header.count(name)} times; keep one.")
    if name not in header:
        known = [other for other in header if other]
        raise HarnessError(
            f"{path} has no column '{name}'{nearest_match(name, known)}; it has {', '.join(known) or 'none'}."
        )
    return header.index(name)


def _numbers(
    path: Path, planets: Sequence[str], columns: Sequence[str], cells: NDArray[np.object_]
) -> NDArray[np.float64]:
    """Text cells (N, C) as numbers; each is the float64 that is nearest to what is written."""
    try:
        values = cells.astype(np.float64)
    except ValueError:
        row, column = next(zip(*np.nonzero(~np.vectorize(_is_number)(cells)), strict=True))
        written, expected = f"'{cells[row, column]}'", "a number"
    else:
        if np.isfinite(values).all():
            return values
        row, column = np.argwhere(~np.isfinite(values))[0]
        written, expected = str(cells[row, column]), "a finite number"
    raise HarnessError(f"{path}, planet {planets[row]}: {columns[column]} is {written}; expected {expected}.")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
