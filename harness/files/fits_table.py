"""Spectra in tables of FITS files, with their units and covariances, by astropy.

The file is read whole before astropy sees it, so that it opens nothing else; a table that says more than the
file holds is refused before its rows are made.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from harness.errors import HarnessError, some_of
from harness.files.named_arrays import NamedArray, has_spectrum, table_of_arrays
from harness.files.text_table import MOST_BYTES, TextTable
from harness.untrusted.files import read_bytes
from harness.untrusted.hdf5_reading import damaged
from harness.untrusted.words import excerpt


class Table(NamedTuple):
    """One of the tables of a file, with the remarks of its header."""

    name: str
    columns: list[NamedArray]
    remarks: list[str]


_UNITS = {"10**-2": "%", "10**-3": "ppt", "10**-6": "ppm"}  # as the standard of FITS has them


def read_fits_table(path: Path) -> TextTable:
    """The table of a FITS file that holds a spectrum; several with the same columns are instruments.

    Raises:
        HarnessError: astropy is not installed, the file is missing, damaged or too large, or none of its
            tables can be told to be the spectrum.
    """
    content = read_bytes(path, MOST_BYTES)
    if not content.startswith(b"SIMPLE"):
        raise HarnessError(f"{path} is not a FITS file (packed ones are to be unpacked first).")
    try:
        from astropy.io import fits
    except ImportError as error:
        raise HarnessError(
            f"{path} is a FITS file, for which astropy is needed: pip install 'ariel-harness[spectra]'."
        ) from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of keywords that are written against the standard
        try:
            with fits.open(
                io.BytesIO(content), memmap=False, lazy_load_hdus=False, disable_image_compression=True
            ) as units:
                tables, matrices = _tables_and_matrices(path, units, len(content))
                remarks = _remarks(units[0].header)  # of the file as a whole
        except HarnessError:
            raise
        except Exception as error:  # a damaged header raises whatever astropy or numpy come across
            raise damaged(path) from error
    spectra = _with_spectrum(path, tables)
    remarks += [line for table in spectra for line in table.remarks]
    return table_of_arrays(path, [*_joined(path, spectra), *matrices], remarks)


def _remarks(header: Any) -> list[str]:
    return [str(line) for key in ("COMMENT", "HISTORY") for line in header.get(key, [])]


def _tables_and_matrices(path: Path, units: Any, size: int) -> tuple[list[Table], list[NamedArray]]:
    tables: list[Table] = []
    matrices = []
    for at, unit in enumerate(units):
        name = excerpt(unit.name) or f"extension {at}"
        if unit.size > size:
            raise HarnessError(f"{path}: {name} says that it has {unit.size:,} bytes, more than the file.")
        if hasattr(unit, "columns"):
            if not any(_varies(column.format) for column in unit.columns):
                tables.append(Table(name, list(_columns(unit)), _remarks(unit.header)))
        elif unit.header.get("NAXIS") == 2 and unit.data is not None:
            image = NamedArray(name, unit.header.get("BUNIT"), np.asarray(unit.data, dtype=np.float64))
            matrices += [image] if image.is_covariance else []
    return tables, matrices


def _varies(form: str) -> bool:
    """Whether the cells of a column have lengths of their own, each of them as long as the file."""
    return form.lstrip("0123456789")[:1] in ("P", "Q")


def _columns(unit: Any) -> Iterator[NamedArray]:
    """The columns of words and numbers; those of a table with one row are what this row holds."""
    from astropy.table import Table as Rows

    named = {column.name: _UNITS.get(column.unit, column.unit) for column in unit.columns}
    remarks = {
        column.name: f"{unit.header.comments[f'TTYPE{at}']} {unit.header.get(f'TCOMM{at}', '')}".strip()
        for at, column in enumerate(unit.columns, 1)
    }
    table = Rows.read(unit)
    for name in table.colnames:
        values = np.ma.asarray(table[name])
        if values.ndim == 2 and len(values) == 1:
            values = values[0]
        if values.dtype.kind in "fiub":
            numbers = np.ma.filled(values.astype(np.float64), np.nan)
            yield NamedArray(name, named[name], numbers, remarks[name])
        elif values.dtype.kind in "SU":
            words = np.char.decode(values.data, errors="replace") if values.dtype.kind == "S" else values.data
            yield NamedArray(name, named[name], np.ma.filled(np.ma.array(words, mask=values.mask), ""))


def _with_spectrum(path: Path, tables: list[Table]) -> list[Table]:
    """The tables that have a spectrum by the names of their columns, or the only table."""
    found = [table for table in tables if has_spectrum(table.columns)] or (tables if len(tables) == 1 else [])
    if found:
        return found
    if not tables:
        raise HarnessError(f"{path} has no table; is it cut off, or does it hold pictures alone?")
    listed = some_of([table.name for table in tables], 10)
    raise HarnessError(
        f"{path} has no table with a wavelength and a transit depth by the names of its columns; its "
        f"tables are {listed}."
    )


def _joined(path: Path, found: list[Table]) -> list[NamedArray]:
    """The columns of the spectrum, of several tables under each other."""
    first, columns, _ = found[0]
    if len(found) == 1:
        return columns
    for name, others, _ in found[1:]:
        if [(one.name, one.unit) for one in others] != [(one.name, one.unit) for one in columns]:
            raise HarnessError(
                f"{path} has spectra in {first} and in {name} whose columns differ; write each to a file of "
                "its own and give both."
            )
    joined = [
        replace(one, values=np.concatenate([table.columns[at].values for table in found]))
        for at, one in enumerate(columns)
        if one.values.ndim == 1
    ]
    labels = np.concatenate([np.full(len(table.columns[0].values), table.name) for table in found])
    return [*joined, NamedArray("instrument", None, labels)]
