"""A spectrum in a text file: its wavelengths, depths, errors and widths, as far as the file tells them.

What a file does not say, a column or a unit, is found out from the numbers where these leave no doubt;
otherwise it is asked for. Wavelengths in an unsaid unit are left in it, for whoever knows the channels.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.files.column_names import ERRORS, OF_WAVELENGTH, Column, Role, fraction
from harness.files.column_numbers import spacing_ratio
from harness.files.spectrum_columns import Given, find_columns
from harness.files.text_table import TextTable, number, read_text_table
from harness.physics.units import micrometres, per_centimetre

Array = NDArray[np.float64]

_OF_INSTRUMENTS = re.compile(r"instr|offset|group|facility|telescope|visit|detector")

KINDS = (".csv", ".txt", ".dat", ".tbl", ".ecsv")


@dataclass(frozen=True)
class SpectrumTable:
    """A spectrum of N points as its file has it.

    Arguments:
        path: the file.
        columns: of the file, in its order.
        wavelength: in um, or in the file's own unit where that is not known (N,).
        wavelength_unit: as the file says it, or None if it does not.
        width: full widths, in the unit of the wavelengths (N,); None if there are none, or it is not known
            whether they are full or half.
        width_note: what was found out about the widths, or None if there are none.
        depth: in fractions of the star's light, or in the file's own unit where that is not known (N,);
            None where the file has errors alone.
        depth_unit: as the file says it, or None if it does not.
        error: 1 sigma (N,), or None if the file has none; as `depth`, with `error_unit` of its own.
        left_out: how many rows have no depth and were left out.
        asymmetric: the errors down and up (N,), (N,), in the unit of `error`, where the file has both.
        groups: for each row what the file says of its instrument or offset group, or None if it says nothing
            that differs.
        several: whether a group may be of several instruments, since the file calls it an offset group.
        raw_width: the widths as the file has them, full or half, in the unit of the wavelengths (N,).
    """

    path: Path
    columns: tuple[Column, ...]
    wavelength: Array
    wavelength_unit: str | None
    width: Array | None
    width_note: str | None
    depth: Array | None
    depth_unit: str | None
    error: Array | None
    error_unit: str | None
    left_out: int
    asymmetric: tuple[Array, Array] | None = None
    groups: tuple[str, ...] | None = None
    several: bool = False
    raw_width: Array | None = None

    def unit_of(self, role: Role | None) -> str | None:
        """The unit of a column, said beside it or elsewhere in the file, or by its user."""
        if role in OF_WAVELENGTH:
            return self.wavelength_unit
        if role is Role.DEPTH:
            return self.depth_unit
        return self.error_unit if role in ERRORS[Role.DEPTH] else None


def read_spectrum_table(path: Path, given: Given | None = None, alone: Role = Role.DEPTH) -> SpectrumTable:
    """Read a spectrum from a table.

    Arguments:
        path: the file.
        given: what its user says of it.
        alone: what stands beside the wavelength in a file of two columns: Role.DEPTH, or Role.ERROR.

    Raises:
        HarnessError: the file cannot be read, or its columns or units cannot be told.
    """
    given = given or Given()
    table = read_text_table(path)
    columns = find_columns(table, given, alone)
    numbers: dict[Role, Array] = {}
    units: dict[Role, str | None] = {}
    for at, column in enumerate(columns):
        if column.role is not None and column.role is not Role.LEFT_OUT:
            numbers[column.role], units[column.role] = table.numbers(at), column.unit
    depth, error, depth_unit, error_unit, asymmetric = _depth(path, numbers, units, table, given)
    wavelength, width, unit = _wavelength(path, numbers, units, given)
    groups = _instruments(table, columns)
    raw_width = width
    width, width_note = _full_width(
        wavelength, width, Role.HALF_WIDTH in numbers, Role.SHORTEST in numbers, groups
    )
    known = depth if depth is not None else error
    assert known is not None
    kept = np.isfinite(known)
    if not kept.any():
        raise HarnessError(f"{path} has a number in none of its {len(kept)} rows of transit depth.")
    return SpectrumTable(
        path,
        tuple(columns),
        wavelength[kept],
        unit,
        None if width is None else width[kept],
        width_note,
        None if depth is None else depth[kept],
        depth_unit,
        None if error is None else error[kept],
        error_unit,
        int(np.count_nonzero(~kept)),
        None if asymmetric is None else (asymmetric[0][kept], asymmetric[1][kept]),
        _offset_groups(table, columns, kept),
        any("group" in column.name.casefold() for column in columns),
        None if raw_width is None else raw_width[kept],
    )


def _offset_groups(
    table: TextTable, columns: Sequence[Column], kept: NDArray[np.bool_]
) -> tuple[str, ...] | None:
    """For each row its instrument or offset group, by the columns that say so and whose cells differ."""
    rows = [row for row, good in zip(table.cells, kept.tolist(), strict=True) if good]
    said = []
    for at, column in enumerate(columns):
        words = [row[at].strip() for row in rows]
        named = column.role is Role.LEFT_OUT and _OF_INSTRUMENTS.search(column.name.casefold())
        if (table.is_text(at) or named) and 1 < len(set(words)) <= max(2, len(words) // 2):
            said.append([word if number(word) is None else f"group {word}" for word in words])
    return tuple(" ".join(row) for row in zip(*said, strict=True)) if said else None


def _instruments(table: TextTable, columns: Sequence[Column]) -> list[str] | None:
    """For each row what its columns of words say, such as the name of the instrument."""
    words = [at for at in range(len(columns)) if table.is_text(at)]
    return [" ".join(row[at] for at in words) for row in table.cells] if words else None


def _depth(
    path: Path,
    numbers: Mapping[Role, Array],
    units: Mapping[Role, str | None],
    table: TextTable,
    given: Given,
) -> tuple[Array | None, Array | None, str | None, str | None, tuple[Array, Array] | None]:
    """Depth and error, in fractions where the file or its user says their units, these units, and the errors
    down and up where there are both."""
    quantity = Role.RATIO if Role.RATIO in numbers else Role.DEPTH
    symmetric, down, up = ERRORS[quantity]
    depth = numbers.get(quantity)
    errors = [role for role in (symmetric, down, up) if role in numbers]
    error = np.mean([np.abs(numbers[role]) for role in errors], axis=0) if errors else None
    if symmetric in numbers:
        error = numbers[symmetric]
    own = [units[role] for role in errors if units[role] is not None]
    depth_unit = given.units.get("depth") or units.get(quantity) or table.keywords.get("DEPTH_UNITS")
    error_unit = given.units.get("error") or (own[0] if own else depth_unit)
    scale, error_scale = _fraction(path, "depths", depth_unit), _fraction(path, "errors", error_unit)
    both = (np.abs(numbers[down]), np.abs(numbers[up])) if {down, up} <= numbers.keys() else None
    if quantity is Role.DEPTH:
        factor = error_scale or 1.0
        asymmetric = None if both is None else (factor * both[0], factor * both[1])
        return _scaled(depth, scale), _scaled(error, error_scale), depth_unit, error_unit, asymmetric
    ratio = numbers[Role.RATIO] * (scale or 1.0)
    if (ratio[np.isfinite(ratio)] >= 1).any():
        raise HarnessError(
            f"{path} has ratios of planet to star radius of 1 and more, up to {np.nanmax(ratio):g}; "
            "say their unit, such as with --units depth=%."
        )
    slope = 2 * ratio * (error_scale or scale or 1.0)
    ratio_error = None if error is None else slope * error
    asymmetric = None if both is None else (slope * both[0], slope * both[1])
    return ratio**2, ratio_error, "fraction", "fraction", asymmetric


def _scaled(values: Array | None, scale: float | None) -> Array | None:
    return values if values is None or scale is None else values * scale


def _fraction(path: Path, what: str, unit: str | None) -> float | None:
    if unit is None:
        return None
    factor = fraction(unit)
    if factor is None:
        raise HarnessError(
            f"The {what} of {path} are in '{unit}', which is not a unit known here; expected one of ppm, %, "
            "ppt or fraction: convert them, or say the unit with --units."
        )
    return factor


def _wavelength(
    path: Path, numbers: Mapping[Role, Array], units: Mapping[Role, str | None], given: Given
) -> tuple[Array, Array | None, str | None]:
    """Wavelengths and widths (full or half), in um where the unit is said, and this unit."""
    unit = given.units.get("wavelength") or next(
        (units[role] for role in OF_WAVELENGTH if units.get(role) is not None), None
    )
    if {Role.SHORTEST, Role.LONGEST} <= numbers.keys():
        one, other = (in_micrometres(path, numbers[role], unit) for role in (Role.SHORTEST, Role.LONGEST))
        centre = (
            in_micrometres(path, numbers[Role.WAVELENGTH], unit)
            if Role.WAVELENGTH in numbers
            else (one + other) / 2
        )
        return centre, np.abs(other - one), unit
    centre = numbers[Role.WAVELENGTH]
    width = numbers.get(Role.WIDTH, numbers.get(Role.HALF_WIDTH))
    if width is not None and unit is not None:
        half = width / 2
        width = np.abs(in_micrometres(path, centre + half, unit) - in_micrometres(path, centre - half, unit))
    return in_micrometres(path, centre, unit), width, unit


def in_micrometres(path: Path, values: Array, unit: str | None) -> Array:
    """Wavelengths or wavenumbers in um, or as they are where the unit is not known.

    Raises:
        HarnessError: it is no unit of wavelength.
    """
    if unit is None:
        return values
    um, per_cm = micrometres(unit), per_centimetre(unit)
    if um is None and per_cm is None:
        raise HarnessError(
            f"The wavelengths of {path} are in '{unit}', which is not a unit known here; expected one of um, "
            "nm, Angstrom, m or cm-1: convert them, or say the unit with --units wavelength=um."
        )
    if um is not None:
        return values * um
    if not (values[np.isfinite(values)] > 0).all():
        raise HarnessError(f"The wavenumbers of {path} are not all above 0 {unit}; get the file again.")
    assert per_cm is not None
    return 1e4 / (values * per_cm)


def _full_width(
    wavelength: Array, width: Array | None, half: bool, edges: bool, groups: Sequence[str] | None
) -> tuple[Array | None, str | None]:
    """Full widths, and how they were found out: a name that says half is believed, any other is compared
    with the spacing of the wavelengths."""
    if width is None:
        return None, None
    if edges:
        return width, "full, between the edges"
    if half:
        return 2 * width, "half, by the name"
    ratio = spacing_ratio(wavelength, width, groups)
    if 0.35 < ratio < 0.65:
        return 2 * width, f"half: {ratio:.2f} of the spacing"
    if 0.8 < ratio < 1.3:
        return width, f"full: {ratio:.2f} of the spacing"
    return None, f"half or full, which their spacing does not tell ({ratio:.2f} of it)"
