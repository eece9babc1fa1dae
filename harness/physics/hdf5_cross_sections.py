"""Read cross-sections in the HDF5 format of TauREx 3 and ExoMolOP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from harness.errors import HarnessError
from harness.physics.cross_sections import Array, CrossSections
from harness.physics.molecules import molecule_name

PASCAL = {
    "pa": 1.0,
    "pascal": 1.0,
    "hpa": 1e2,
    "kpa": 1e3,
    "mpa": 1e6,
    "bar": 1e5,
    "mbar": 1e2,
    "millibar": 1e2,
    "ubar": 0.1,
    "microbar": 0.1,
    "µbar": 0.1,
    "atm": 101325.0,
    "torr": 101325.0 / 760.0,
    "dyn/cm2": 0.1,
    "dyn/cm^2": 0.1,
    "dyn cm-2": 0.1,
    "barye": 0.1,
}

FORMAT = "TauREx HDF5"


def read_hdf5_cross_sections(path: Path) -> CrossSections:
    """The cross-sections in an HDF5 file of TauREx 3 or ExoMolOP (Chubb et al., A&A 646, A21, 2021).

    Datasets: `bin_edges` (which holds the wavenumber grid itself [cm-1]), `t` [K], `p` with the attribute
    `units`, `xsecarr` (pressures, temperatures, wavenumbers) [cm2], and `mol_name`.

    Raises:
        HarnessError: the file is not readable HDF5, lacks a dataset, has arrays of shapes that do not
            agree, or names a pressure unit that is not one.
    """
    try:
        with h5py.File(path, "r") as file:
            return _read(path, file)
    except OSError as error:
        if error.errno is not None:
            raise HarnessError(
                f"{path} cannot be read ({os.strerror(error.errno)}); expected a file of cross-sections that "
                "you may read, so mend it or move it elsewhere."
            ) from error
        raise HarnessError(
            f"{path} cannot be read as HDF5 ({_first_line(error)}); it is truncated or of another format, "
            "get it again."
        ) from error


def _read(path: Path, file: h5py.File) -> CrossSections:
    if "kcoeff" in file:
        raise HarnessError(
            f"{path} is a table of k-coefficients; this model takes cross-sections (dataset 'xsecarr'): "
            "move the file elsewhere and put the cross-sections in its place."
        )
    for name in ("bin_edges", "t", "p", "xsecarr", "mol_name"):
        if not isinstance(file.get(name), h5py.Dataset):
            raise HarnessError(
                f"{path} has no dataset '{name}'; expected TauREx cross-sections with "
                "bin_edges, t, p, xsecarr and mol_name."
            )
    wavenumber, temperature, pressure = (_numbers(path, file, name) for name in ("bin_edges", "t", "p"))
    expected = (len(pressure), len(temperature), len(wavenumber))
    if file["xsecarr"].shape != expected or file["xsecarr"].dtype.kind not in "fiu":
        raise HarnessError(
            f"'xsecarr' of {path} has shape {file['xsecarr'].shape}; its grids of pressure, temperature and "
            f"wavenumber ask for numbers of shape {expected}, so the file is damaged: get it again."
        )
    return CrossSections(
        molecule=_molecule(path, file["mol_name"]),
        path=path,
        format=FORMAT,
        wavenumber=wavenumber,
        temperature=temperature,
        pressure=pressure * _pascal(path, file["p"].attrs.get("units")),
        read=lambda index: _read_pressure(path, index),
    )


def _read_pressure(path: Path, index: int) -> Array:
    try:
        with h5py.File(path, "r") as file:
            return np.asarray(file["xsecarr"][index], dtype=np.float64)
    except (OSError, KeyError) as error:
        raise HarnessError(
            f"The cross-sections of {path} cannot be read ({_first_line(error)}); the file is truncated, "
            "get it again."
        ) from error


def _numbers(path: Path, file: h5py.File, name: str) -> Array:
    dataset = file[name]
    if dataset.dtype.kind not in "fiu" or dataset.ndim != 1:
        raise HarnessError(f"'{name}' of {path} is not a row of numbers; the file is damaged, get it again.")
    return np.asarray(dataset[()], dtype=np.float64)


def _molecule(path: Path, dataset: h5py.Dataset) -> str:
    text = _text(dataset[()])
    name = molecule_name(text)
    if not name:
        raise HarnessError(f"'mol_name' of {path} is '{text}'; expected a formula such as H2O.")
    return name


def _pascal(path: Path, unit: Any) -> float:
    if unit is None:
        raise HarnessError(
            f"The pressures of {path} carry no attribute 'units'; add it, such as 'bar', if it is known."
        )
    text = _text(unit)
    if text.strip().lower() not in PASCAL:
        raise HarnessError(
            f"The pressures of {path} are in '{text}', which is not a unit of pressure known here; "
            f"convert them, or write one of these into the attribute 'units': {', '.join(PASCAL)}."
        )
    # a megapascal and a millipascal differ by case alone
    if text.strip() == "mPa":
        return 1e-3
    return PASCAL[text.strip().lower()]


def _text(value: Any) -> str:
    array = np.asarray(value).ravel()
    one = array[0] if len(array) else ""
    return one.decode(errors="replace") if isinstance(one, bytes) else str(one)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
