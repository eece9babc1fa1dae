"""Write cross-sections in the HDF5 format of TauREx 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from harness.physics.cross_sections import Array, CrossSections

_LAYOUT = "earliest"  # of HDF5, which any reader opens and which gives the same bytes again


def write_cross_sections(
    path: Path, table: CrossSections, wavenumber: Array, values: NDArray[np.floating[Any]], source: str
) -> None:
    """Write one molecule as `harness.physics.hdf5_cross_sections` and TauREx read it.

    Arguments:
        table: whose molecule, temperatures and pressures these are.
        wavenumber: grid [cm-1] (W,).
        values: cross-sections [cm2] (P, T, W).
        source: where they come from, for people to read.
    """
    with h5py.File(path, "w", libver=_LAYOUT) as file:
        for name, data, unit in (
            ("bin_edges", wavenumber, "cm-1"),
            ("t", table.temperature, "K"),
            ("p", table.pressure, "Pa"),
            ("xsecarr", values, "cm^2/molecule"),
        ):
            file.create_dataset(name, data=data, track_times=False).attrs["units"] = unit
        file.create_dataset("mol_name", data=np.array([table.molecule.encode()]), track_times=False)
        file.attrs["source"] = source
