"""A spectrum in a table: its wavelengths, depths, errors and widths, as far as the file tells them.

What a file does not say, a column or a unit, is found out from the numbers where these leave no doubt;
otherwise it is asked for. Wavelengths in an unsaid unit are left in it, for whoever knows the channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.files.column_names import ERRORS, OF_WAVELENGTH, Column, Role, fraction
from harness.files.spectrum_columns import Given, find_columns
from harness.files.spectrum_covariance import scaled_covariance
from harness.files.spectrum_kinds import read_table
from harness.files.spectrum_rows import instruments, limits, marks, offset_groups, require_one_transit
from harness.files.spectrum_wavelengths import full_widths, said_of_widths, wavelengths
from harness.files.text_table import TextTable

Array = NDArray[np.float64]

SQUARED = "Ratios of radii (Rp/Rs) are squared to depths, and their errors with them."


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
        covariance: of the depths, in fractions squared where `error_unit` or its own unit is known (N, N).
        limits: how many of the rows that were left out are limits by a column that flags them.
        tells_groups: positions of the columns that `groups` are from.
        marks: a sentence for each column that marks some of the rows as good or bad, all of which are taken.
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
    covariance: Array | None = None
    limits: int = 0
    tells_groups: tuple[int, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def by_numbers(self) -> bool:
        """Whether no name, of the file or of its user, says what the columns are."""
        return all(column.name == f"column {at + 1}" for at, column in enumerate(self.columns))

    @property
    def of_ratios(self) -> bool:
        """Whether the file has ratios of radii, of which the depths are the squares."""
        return any(column.role is Role.RATIO for column in self.columns)

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
    table = read_table(path)
    columns = find_columns(table, given, alone)
    numbers: dict[Role, Array] = {}
    units: dict[Role, str | None] = {}
    for at, column in enumerate(columns):
        if column.role is not None and column.role is not Role.LEFT_OUT:
            numbers[column.role], units[column.role] = table.numbers(at), column.unit
    depth, error, depth_unit, error_unit, asymmetric, scale, slope = _depth(
        path, numbers, units, table, given
    )
    wavelength, width, unit = wavelengths(path, numbers, units, given)
    groups = instruments(table, columns)
    raw_width = width
    width, width_note = full_widths(
        wavelength, width, said_of_widths(columns), Role.SHORTEST in numbers, groups
    )
    known = depth if depth is not None else error
    assert known is not None
    require_one_transit(table, columns)
    are_limits = limits(table, columns)
    kept = np.isfinite(known) & ~are_limits
    covariance = None
    if table.covariance is not None:
        covariance = scaled_covariance(path, table.covariance, scale, slope, kept)
        if error is None:
            error = np.full(len(kept), np.nan)
            error[kept] = np.sqrt(np.diag(covariance))
    if not kept.any():
        raise HarnessError(f"{path} has a number in none of its {len(kept)} rows of transit depth.")
    said_groups, tells_groups = offset_groups(table, columns, kept)
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
        said_groups,
        any("group" in column.name.casefold() for column in columns),
        None if raw_width is None else raw_width[kept],
        covariance,
        int(np.count_nonzero(are_limits)),
        tells_groups,
        marks(table, columns, kept),
    )


def _depth(
    path: Path,
    numbers: Mapping[Role, Array],
    units: Mapping[Role, str | None],
    table: TextTable,
    given: Given,
) -> tuple[
    Array | None, Array | None, str | None, str | None, tuple[Array, Array] | None, float, Array | float
]:
    """Depth and error, in fractions where the file or its user says their units, these units, the errors
    down and up where there are both, what brings errors of the file to fractions, and what then to depths."""
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
        scaled = _scaled(depth, scale), _scaled(error, error_scale)
        return *scaled, depth_unit, error_unit, asymmetric, factor, 1.0
    ratio = numbers[Role.RATIO] * (scale or 1.0)
    if (ratio[np.isfinite(ratio)] >= 1).any():
        raise HarnessError(
            f"{path} has ratios of planet to star radius of 1 and more, up to {np.nanmax(ratio):g}; "
            "say their unit, such as with --units depth=%."
        )
    factor, slope = error_scale or scale or 1.0, 2 * ratio
    ratio_error = None if error is None else factor * slope * error
    asymmetric = None if both is None else (factor * slope * both[0], factor * slope * both[1])
    return ratio**2, ratio_error, "fraction", "fraction", asymmetric, factor, slope


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
