"""Spectra in NetCDF files, as xarray writes them, without xarray.

NetCDF 4 is HDF5 and is opened as every HDF5 file of a stranger is (`harness.untrusted.hdf5`); NetCDF 3 has a
format of its own, which scipy reads from memory.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import netcdf_file

from harness.errors import HarnessError, some_of
from harness.files.named_arrays import NamedArray, table_of_arrays
from harness.files.text_table import MOST_BYTES, TextTable
from harness.untrusted.files import read_bytes, require_file
from harness.untrusted.hdf5 import Hdf5File, Hdf5Group
from harness.untrusted.hdf5_dataset import Hdf5Dataset
from harness.untrusted.hdf5_reading import damaged
from harness.untrusted.words import excerpt

_MOST_VARIABLES = 1000
_CLASSIC = (b"CDF\x01", b"CDF\x02")
_OF_WORDS = ("title", "long_name", "description", "summary", "comment", "comments", "note", "history")


def read_netcdf_table(path: Path) -> TextTable:
    """The variables along the wavelength, and the covariance among them, with their units.

    Raises:
        HarnessError: the file is missing, damaged, too large or no NetCDF, or has no such variables.
    """
    if require_file(path) > MOST_BYTES:
        raise HarnessError(f"{path} is larger than a spectrum is; write the spectrum alone to a file.")
    with path.open("rb") as file:
        classic = file.read(4) in _CLASSIC
    arrays, remarks = _classic(path) if classic else _of_groups(path)
    if not arrays:
        raise HarnessError(f"{path} has no variable with numbers.")
    return table_of_arrays(path, arrays, remarks)


def _of_groups(path: Path) -> tuple[list[NamedArray], list[str]]:
    with Hdf5File(path) as file:
        names = file.root.names()
        if len(names) > _MOST_VARIABLES:
            raise HarnessError(f"{path} has {len(names):,} variables, far more than a spectrum has.")
        found = [_variable(file.root, name) for name in names]
        arrays = [one for one in found if one is not None]
        if not arrays and names:
            listed = some_of([excerpt(name) for name in names], 10)
            raise HarnessError(
                f"{path} has no variable with numbers outside of its groups ({listed}); write the "
                "spectrum to a file of its own."
            )
        remarks = _remarks(file.root.attribute)
    return arrays, remarks


def _variable(root: Hdf5Group, name: str) -> NamedArray | None:
    """A variable, or None for a group, a dimension without a variable, or one of dates and the like."""
    try:
        dataset = root.dataset(name)
    except HarnessError as error:
        if "is not a dataset" in str(error):
            return None
        raise
    said = dataset.attribute("NAME")
    if isinstance(said, bytes) and said.startswith(b"This is a netCDF dimension"):
        return None
    if not dataset.holds_numbers:
        return _words(name, dataset)
    return _numbers(name, dataset.numbers(), dataset.attribute)


def _words(name: str, dataset: Hdf5Dataset) -> NamedArray | None:
    if len(dataset.shape) != 1:
        return None
    try:
        return NamedArray(name, None, np.array(dataset.texts(), dtype=np.str_))
    except HarnessError:  # no texts either
        return None


def _classic(path: Path) -> tuple[list[NamedArray], list[str]]:
    content = read_bytes(path, MOST_BYTES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with netcdf_file(io.BytesIO(content), "r", mmap=False) as file:
                return list(_classic_variables(file)), _remarks(vars(file)["_attributes"].get)
        except Exception as error:  # a damaged header raises whatever scipy or numpy come across
            raise damaged(path) from error


def _classic_variables(file: Any) -> Iterator[NamedArray]:
    for name, variable in list(file.variables.items())[:_MOST_VARIABLES]:
        values = np.array(variable.data)
        if values.dtype.kind in "fiu":
            attributes = dict(variable._attributes)
            yield _numbers(name, values.astype(np.float64), attributes.get)
        elif values.dtype.kind == "S" and values.ndim == 2:
            words = [b"".join(row).rstrip(b"\0 ").decode(errors="replace") for row in values.tolist()]
            yield NamedArray(name, None, np.array(words, dtype=np.str_))


def _numbers(name: str, values: NDArray[Any], attribute: Callable[[str], Any]) -> NamedArray:
    """Numbers as the conventions of CF pack them: a value that fills gaps, a scale and an offset."""
    values = np.squeeze(values) if values.ndim > 1 else values
    for key in ("_FillValue", "missing_value"):
        fill = _one_number(attribute(key))
        if fill is not None:
            values = np.where(values == fill, np.nan, values)
    scale, offset = _one_number(attribute("scale_factor")), _one_number(attribute("add_offset"))
    values = values * (1.0 if scale is None else scale) + (0.0 if offset is None else offset)
    said = _text(attribute("units"))
    array = NamedArray(name, said, values, " ".join(_remarks(attribute)))
    called = _text(attribute("long_name"))
    if array.role is None and called and not array.is_covariance:
        array = replace(array, name=called)
    return array


def _remarks(attribute: Callable[[str], Any]) -> list[str]:
    """What a file, or a variable of it, says of itself in words."""
    texts = (_text(attribute(key)) for key in _OF_WORDS)
    return [line for text in texts if text for line in text.splitlines()]


def _one_number(value: Any) -> float | None:
    array = np.asarray(value if value is not None else "")
    return float(array.ravel()[0]) if array.dtype.kind in "fiu" and array.size else None


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    return str(value) if isinstance(value, str) else None
