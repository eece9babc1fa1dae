"""Read cross-sections in the HDF5 format of TauREx 3, ExoMolOP and exo_k."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import HarnessError
from harness.physics.cross_sections import Array, CrossSections, ascending
from harness.physics.molecules import molecule_name
from harness.physics.units import (
    KELVIN,
    MICROMETRES,
    PASCAL,
    PER_CENTIMETRE,
    SQUARE_CENTIMETRES,
    micrometres,
    pascal,
    per_centimetre,
    plain,
    square_centimetres,
)
from harness.untrusted.hdf5 import Hdf5File, Hdf5Group
from harness.untrusted.hdf5_dataset import Hdf5Dataset

FORMAT = "TauREx HDF5"

# what the attribute `source` of the built-in band model's own files begins with; they write one unit only
_BUILT_IN = "band model of ariel-harness"


def read_hdf5_cross_sections(path: Path) -> CrossSections:
    """The cross-sections in an HDF5 file of TauREx 3, ExoMolOP (Chubb et al., A&A 646, A21, 2021) or exo_k.

    Datasets: `bin_edges` (which holds the grid of wavenumbers itself) or `bin_centers`, `t`, `p` and
    `xsecarr` (pressures, temperatures, wavenumbers); the molecule is the dataset or the file's attribute
    `mol_name`. The attribute `units` of each is read, and must be there for `p`; of the others one without
    it is taken as TauREx takes it, in cm-1, K and cm2, and told as unsaid. Grids may descend.

    Raises:
        HarnessError: the file is not readable HDF5, lacks a dataset, points into another file, is compressed
            with a filter that is not installed, has arrays of shapes that do not agree, or names a unit
            that is not known.
    """
    with Hdf5File(path) as file:
        return _read(path, file.root)


def _read(path: Path, file: Hdf5Group) -> CrossSections:
    if "kcoeff" in file:
        raise HarnessError(
            f"{path} is a table of k-coefficients; this model takes cross-sections (dataset 'xsecarr'): "
            "move the file elsewhere and put the cross-sections in its place."
        )
    spectral = _spectral(file)
    for name in (spectral, "t", "p", "xsecarr"):
        if name not in file:
            raise HarnessError(
                f"{path} has no dataset '{name}'; expected TauREx cross-sections with "
                "bin_edges, t, p, xsecarr and mol_name."
            )
    datasets = {name: file.dataset(name) for name in (spectral, "t", "p", "xsecarr")}
    said = {name: _unit(datasets[name]) for name in (spectral, "t", "xsecarr")}
    wavenumber = _wavenumber(path, _numbers(path, spectral, datasets[spectral]), said[spectral])
    temperature, pressure = (_numbers(path, name, datasets[name]) for name in ("t", "p"))
    if said["t"] is not None and plain(said["t"]) not in KELVIN:
        raise HarnessError(_unknown(path, "temperatures", said["t"], KELVIN))
    expected = (len(pressure), len(temperature), len(wavenumber))
    values = datasets["xsecarr"]
    if values.shape != expected or not values.holds_numbers:
        raise HarnessError(
            f"'xsecarr' of {path} has shape {values.shape}; its grids of pressure, temperature and "
            f"wavenumber ask for numbers of shape {expected}, so the file is damaged: get it again."
        )
    stored = _Stored(path, _square_centimetres(path, said["xsecarr"]))
    wavenumber, stored.wavenumber = ascending(wavenumber)
    temperature, stored.temperature = ascending(temperature)
    pressure, stored.pressure = ascending(pressure * _pascal(path, _unit(datasets["p"])))
    return CrossSections(
        molecule=_molecule(path, file),
        path=path,
        format=FORMAT,
        wavenumber=wavenumber,
        temperature=temperature,
        pressure=pressure,
        read=stored.at_pressure,
        unsaid=() if _is_built_in(file) else _unsaid(said, spectral),
    )


class _Stored:
    """Where and how a file holds its values.

    Arguments:
        path: the file.
        unit: the unit of its values [cm2].
    """

    def __init__(self, path: Path, unit: float) -> None:
        self.path, self.unit = path, unit
        forward = slice(None)
        self.wavenumber, self.temperature, self.pressure = forward, forward, forward

    def at_pressure(self, index: int) -> Array:
        """Cross-sections [cm2] (T, W) at a point of the ascending pressures, other grids ascending too."""
        with Hdf5File(self.path) as file:
            dataset = file.root.dataset("xsecarr")
            values = dataset.rows(range(dataset.shape[0])[self.pressure][index])
        return np.ascontiguousarray(values[self.temperature, self.wavenumber]) * self.unit


def _spectral(file: Hdf5Group) -> str:
    """The dataset that holds a point for each cross-section: exo_k has the edges of its bins beside it."""
    shapes = {
        name: file.dataset(name).shape for name in ("xsecarr", "bin_centers", "bin_edges") if name in file
    }
    points = shapes.get("xsecarr", ())[2:]
    if len(points) == 1 and shapes.get("bin_edges") != points and shapes.get("bin_centers") == points:
        return "bin_centers"
    return "bin_edges"


def _numbers(path: Path, name: str, dataset: Hdf5Dataset) -> Array:
    if len(dataset.shape) != 1 or not dataset.holds_numbers:
        raise HarnessError(f"'{name}' of {path} is not a row of numbers; the file is damaged, get it again.")
    return dataset.numbers()


def _molecule(path: Path, file: Hdf5Group) -> str:
    if "mol_name" in file:
        text = next(iter(file.dataset("mol_name").texts()), "")
    elif (said := file.attribute("mol_name")) is not None:
        text = _text(said)
    else:
        raise HarnessError(
            f"{path} does not name its molecule; expected a dataset or an attribute 'mol_name' such as H2O."
        )
    name = molecule_name(text)
    if not name:
        raise HarnessError(f"'mol_name' of {path} is '{text}'; expected a formula such as H2O.")
    return name


def _wavenumber(path: Path, grid: Array, unit: str | None) -> Array:
    """A grid of wavenumbers or wavelengths in cm-1, in the file's order."""
    if unit is None:
        return grid
    per_cm, um = per_centimetre(unit), micrometres(unit)
    if per_cm is not None:
        return grid * per_cm
    if um is None:
        raise HarnessError(_unknown(path, "wavenumbers", unit, (*PER_CENTIMETRE, *MICROMETRES)))
    if not (grid > 0).all():
        raise HarnessError(f"The wavelengths of {path} are not all above 0 {unit}; get the file again.")
    return 1e4 / (grid * um)


def _square_centimetres(path: Path, unit: str | None) -> float:
    factor = 1.0 if unit is None else square_centimetres(unit)
    if factor is None:
        known = [f"{name}/molecule" for name in SQUARE_CENTIMETRES]
        raise HarnessError(_unknown(path, "cross-sections", unit, known))
    return factor


def _pascal(path: Path, unit: str | None) -> float:
    if unit is None:
        raise HarnessError(
            f"The pressures of {path} carry no attribute 'units'; add it, such as 'bar', if it is known."
        )
    factor = pascal(unit)
    if factor is None:
        raise HarnessError(
            f"The pressures of {path} are in '{unit}', which is not a unit of pressure known here; "
            f"convert them, or write one of these into the attribute 'units': {', '.join(PASCAL)}."
        )
    return factor


def _unknown(path: Path, what: str, unit: str | None, known: Any) -> str:
    return (
        f"The {what} of {path} are in '{unit}', which is not a unit of theirs known here; convert them, or "
        f"write one of these into the attribute 'units': {', '.join(known)}."
    )


def _unsaid(said: dict[str, str | None], spectral: str) -> tuple[str, ...]:
    taken = {spectral: "wavenumbers in cm-1", "t": "temperatures in K", "xsecarr": "cross-sections in cm2"}
    return tuple(taken[name] for name, unit in said.items() if unit is None)


def _is_built_in(file: Hdf5Group) -> bool:
    return _text(file.attribute("source")).startswith(_BUILT_IN)


def _unit(dataset: Hdf5Dataset) -> str | None:
    said = dataset.attribute("units")
    return None if said is None else _text(said)


def _text(value: Any) -> str:
    array = np.asarray(value).ravel()
    one = array[0] if len(array) else ""
    return one.decode(errors="replace") if isinstance(one, bytes) else str(one)
