"""What was understood of a spectrum's file, for whoever wants to know before it is used."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from harness.errors import HarnessError
from harness.files.column_names import Role
from harness.files.spectrum_columns import Given
from harness.files.spectrum_covariance import covariance_note
from harness.files.spectrum_table import SQUARED, read_spectrum_table
from harness.files.spectrum_wavelengths import in_micrometres

Array = NDArray[np.float64]

_UNITS = ("um", "nm", "Angstrom", "m", "cm-1")
_SHORTEST, _LONGEST = 0.1, 40.0  # um, of transmission spectra


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ColumnDescription(_Part):
    """A column, what it was read as ("not understood" if it was not), and its unit if the file says one."""

    name: str
    read_as: str
    unit: str | None


class Values(_Part):
    """Numbers of a kind: the least, the median and the greatest, in `unit`."""

    minimum: float
    median: float
    maximum: float
    unit: str


class SpectrumDescription(_Part):
    """A spectrum's file.

    Attributes:
        file: its path.
        columns: in the file's order.
        points: rows with a depth.
        left_out: rows without.
        wavelength: in um, or in the file's own unit where it does not tell.
        width: full widths, or None.
        depth, error: in fractions of the star's light, or as they are where the file says no unit.
        notes: what was found out, and what is open, a sentence each.
    """

    file: str
    columns: tuple[ColumnDescription, ...]
    points: int
    left_out: int
    wavelength: Values
    width: Values | None
    depth: Values
    error: Values | None
    notes: tuple[str, ...]


def describe_spectrum(path: Path, given: Given) -> SpectrumDescription:
    """Read a spectrum from a table and say what was understood.

    Raises:
        HarnessError: the file cannot be read, or its columns or units cannot be told.
    """
    table = read_spectrum_table(path, given)
    assert table.depth is not None
    notes = []
    unit = table.wavelength_unit
    wavelength, width = table.wavelength, table.width
    if unit is None:
        likely = units_by_size(wavelength)
        if len(likely) == 1:
            (unit,) = likely
            notes.append(f"The file does not say the unit of its wavelengths; by their size it is {unit}.")
            if unit == "cm-1":
                width = None
            width = None if width is None else in_micrometres(path, width, unit)
            wavelength = in_micrometres(path, wavelength, unit)
        else:
            others = f"it may be {' or '.join(likely)}" if likely else "their size fits none"
            notes.append(
                f"The file does not say the unit of its wavelengths, and {others}: say it, as "
                "--units wavelength=nm."
            )
    if table.width_note is not None:
        notes.append(f"The widths are {table.width_note}.")
    if table.depth_unit is None:
        notes.append(
            "The file does not say the unit of its depths: a run takes them in that of its training spectra, "
            "unless --units depth=ppm says another."
        )
    if table.groups is not None:
        counted = ", ".join(f"{name} ({count})" for name, count in Counter(table.groups).items())
        notes.append(f"The rows are of several instruments or offset groups: {counted}.")
    if table.of_ratios:
        notes.append(SQUARED)
    if table.asymmetric is not None:
        notes.append("There are errors up and down: harness retrieve keeps them apart, a run averages them.")
    if table.covariance is not None and table.error is not None:
        notes.append(f"The {covariance_note(path, table.covariance, table.error)}; a run takes the errors.")
    if table.limits:
        notes.append(f"{table.limits} rows are limits, by a column that flags them, and are left out.")
    notes.extend(table.marks)
    if table.error is None:
        notes.append("There is no column of errors: a run needs them from --noise FILE.")
    return SpectrumDescription(
        file=str(path),
        columns=tuple(
            ColumnDescription(
                name=one.name,
                read_as=_read_as(at, one.role, table.tells_groups),
                unit=one.unit or table.unit_of(one.role),
            )
            for at, one in enumerate(table.columns)
        ),
        points=len(wavelength),
        left_out=table.left_out,
        wavelength=_values(wavelength, "um" if unit is not None else "unit not said"),
        width=None if width is None else _values(width, "um" if unit is not None else "unit not said"),
        depth=_values(table.depth, _shown(table.depth_unit)),
        error=None if table.error is None else _values(table.error, _shown(table.error_unit)),
        notes=tuple(notes),
    )


def measured_channels(path: Path, given: Given) -> tuple[Array, Array]:
    """Centres and full widths [um] of the channels of a spectrum's file, by wavelength (N,), (N,).

    Raises:
        HarnessError: the file cannot be read, or does not tell the unit of its wavelengths or their widths.
    """
    table = read_spectrum_table(path, given)
    if table.wavelength_unit is None:
        likely = units_by_size(table.wavelength)
        if len(likely) != 1:
            raise HarnessError(
                f"{path} does not say the unit of its wavelengths, and their size does not tell; say it, as "
                "--units wavelength=nm."
            )
        said = Given(given.columns, {**given.units, "wavelength": likely[0]})
        table = read_spectrum_table(path, said)
    if table.width is None:
        open_question = table.width_note or "not there"
        raise HarnessError(
            f"The widths of {path} are {open_question}; give them in a column of the file, and name its "
            "columns with --columns, such as wavelength,depth,error,half-width."
        )
    order = np.argsort(table.wavelength, kind="stable")
    return table.wavelength[order], table.width[order]


def units_by_size(wavelength: Array) -> tuple[str, ...]:
    """The units in which all wavelengths are such as transmission spectra have."""
    seen = wavelength[np.isfinite(wavelength)]
    if not (seen > 0).all():
        return ()
    return tuple(
        unit
        for unit in _UNITS
        if ((um := in_micrometres(Path(), seen, unit)) > _SHORTEST).all() and (um < _LONGEST).all()
    )


def _read_as(position: int, role: Role | None, tells_groups: tuple[int, ...]) -> str:
    if position in tells_groups:
        return "instrument or offset group"
    return role or "not understood"


def _values(numbers: Array, unit: str) -> Values:
    finite = numbers[np.isfinite(numbers)]
    low, median, high = np.quantile(finite, [0, 0.5, 1]) if len(finite) else [np.nan] * 3
    return Values(minimum=float(low), median=float(median), maximum=float(high), unit=unit)


def _shown(unit: str | None) -> str:
    return "unit not said" if unit is None else "fraction"
