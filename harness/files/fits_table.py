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
from typing import Any

import numpy as np

from harness.errors import HarnessError
from harness.files.named_arrays import NamedArray, has_spectrum, table_of_arrays
from harness.files.text_table import MOST_BYTES, TextTable
from harness.untrusted.files import read_bytes
from harness.untrusted.hdf5_reading import damaged
from harness.untrusted.words import excerpt

Named = tuple[str, list[NamedArray]]

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
                remarks = [line for unit in units for line in _remarks(unit.header)]
        except HarnessError:
            raise
        except Exception as error:  # a damaged header raises whatever astropy or numpy come across
            raise damaged(path) from error
    return table_of_arrays(path, [*_one_table(path, tables), *matrices], remarks)


def _remarks(header: Any) -> list[str]:
    return [str(line) for key in ("COMMENT", "HISTORY") for line in header.get(key, [])]


def _tables_and_matrices(path: Path, units: Any, size: int) -> tuple[list[Named], list[NamedArray]]:
    tables: list[Named] = []
    matrices = []
    for at, unit in enumerate(units):
        name = excerpt(unit.name) or f"extension {at}"
        if unit.size > size:
            raise HarnessError(f"{path}: {name} says that it has {unit.size:,} bytes, more than the file.")
        if hasattr(unit, "columns"):
            if not any(_varies(column.format) for column in unit.columns):
                tables.append((name, list(_columns(unit))))
        elif unit.header.get("NAXIS") == 2 and unit.data is not None:
            image = NamedArray(name, unit.header.get("BUNIT"), np.asarray(unit.data, dtype=np.float64))
            matrices += [image] if image.is_covariance else []
    return tables, matrices


def _varies(form: str) -> bool:
    """Whether the cells of a column have lengths of their own, each of them as long as the file."""
    return form.lstrip("0123456789")[:1] in ("P", "Q")


def _columns(unit: Any) -> Iterator[NamedArray]:
    """The columns of words and numbers; those of a table with one row are what this row holds."""
    from astropy.table import Table

    named = {column.name: _UNITS.get(column.unit, column.unit) for column in unit.columns}
    remarks = {
        column.name: f"{unit.header.comments[f'TTYPE{at}']} {unit.header.get(f'TCOMM{at}', '')}".strip()
        for at, column in enumerate(unit.columns, 1)
    }
    table = Table.read(unit)
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


def _one_table(path: Path, tables: list[Named]) -> list[NamedArray]:
    """The columns of the spectrum, from the table that has one, or from several under each other."""
    found = [table for table in tables if has_spectrum(table[1])] or (tables if len(tables) == 1 else [])
    if not found:
        if not tables:
            raise HarnessError(f"{path} has no table; is it cut off, or does it hold pictures alone?")
        listed = ", ".join(name for name, _ in tables[:10])
        raise HarnessError(
            f"{path} has no table with a wavelength and a transit depth by the names of its columns; its "
            f"tables are {listed}."
        )
    first, columns = found[0]
    if len(found) == 1:
        return columns
    for name, others in found[1:]:
        if [(one.name, one.unit) for one in others] != [(one.name, one.unit) for one in columns]:
            raise HarnessError(
                f"{path} has spectra in {first} and in {name} whose columns differ; write each to a file of "
                "its own and give both."
            )
    joined = [
        replace(one, values=np.concatenate([others[at].values for _, others in found]))
        for at, one in enumerate(columns)
        if one.values.ndim == 1
    ]
    labels = np.concatenate([np.full(len(others[0].values), name) for name, others in found])
    return [*joined, NamedArray("instrument", None, labels)]
