"""Columns that a file has as arrays with names, brought into the form that tables of text are read in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.files.column_names import OF_WAVELENGTH, Role, read_name
from harness.files.text_table import Covariance, TextTable

_COVARIANCE = re.compile(r"cov(?!er)", re.IGNORECASE)


@dataclass(frozen=True)
class NamedArray:
    """A column or a matrix of a file.

    Arguments:
        name: as the file has it.
        unit: as the file has it, "" where it says that there is none, or None.
        values: numbers, not a number where one is missing, or words (N,); numbers (N, N) of a matrix.
        remark: what the file says of it besides, or "".
    """

    name: str
    unit: str | None
    values: NDArray[np.generic]
    remark: str = ""

    @property
    def role(self) -> Role | None:
        """What it holds by its name."""
        return read_name(self.name, self.unit or "").role

    @property
    def is_covariance(self) -> bool:
        """Whether it is a square matrix that is called a covariance."""
        shape = self.values.shape
        return len(shape) == 2 and shape[0] == shape[1] and bool(_COVARIANCE.search(self.name))


def has_spectrum(arrays: Sequence[NamedArray]) -> bool:
    """Whether the names tell a wavelength and a transit depth."""
    roles = {array.role for array in arrays}
    return bool(roles & set(OF_WAVELENGTH)) and bool(roles & {Role.DEPTH, Role.RATIO})


def table_of_arrays(path: Path, arrays: Sequence[NamedArray], remarks: Sequence[str] = ()) -> TextTable:
    """The arrays of one length as columns, and the covariance among them.

    The length is that of the wavelengths; arrays of another length are left out.

    Arguments:
        path: the file.
        arrays: what it holds.
        remarks: what it says of itself.

    Raises:
        HarnessError: there are none with numbers, or a covariance is not of their length.
    """
    columns = [array for array in arrays if array.values.ndim == 1 and len(array.values)]
    spectral = [array for array in columns if array.role in OF_WAVELENGTH] or columns
    if not spectral:
        raise HarnessError(f"{path} has no column of numbers.")
    length = len(spectral[0].values)
    columns = [array for array in columns if len(array.values) == length]
    matrices = [array for array in arrays if array.is_covariance]
    if len(matrices) > 1:
        names = " and ".join(array.name for array in matrices)
        raise HarnessError(f"{path} has several covariances ({names}); leave one.")
    if matrices and len(matrices[0].values) != length:
        raise HarnessError(
            f"{path} has a covariance of {len(matrices[0].values)} channels, but {length} rows; write both "
            "of the same channels."
        )
    covariance = Covariance(matrices[0].values.astype(np.float64), matrices[0].unit) if matrices else None
    texts = [_cells(array.values) for array in columns]
    return TextTable(
        path,
        [list(row) for row in zip(*texts, strict=True)],
        list(range(1, length + 1)),
        (tuple(array.name for array in columns),),
        tuple(_unit(array) for array in columns),
        (*remarks, *(f"{array.name} {array.remark}" for array in columns if array.remark)),
        {},
        covariance,
    )


def _cells(values: NDArray[np.generic]) -> list[str]:
    return [repr(value) if isinstance(value, float) else str(value) for value in values.tolist()]


def _unit(array: NamedArray) -> str:
    """The unit as a table has it; a depth that is said to have none is a fraction."""
    if array.unit is None:
        return ""
    return array.unit.strip() or ("" if array.role in OF_WAVELENGTH else "fraction")
