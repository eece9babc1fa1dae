"""A posterior as NetCDF in the layout of ArviZ, for arviz.from_netcdf and xarray.

A NetCDF-4 file is an HDF5 file with dimension scales; h5py writes those, so that no NetCDF library is needed
here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from harness.data.arrays import Array
from harness.real_spectra.result import RetrievalResult

Numbers = NDArray[np.float64] | NDArray[np.intp]

_COUNT = "dimensions"


def write_netcdf(path: Path, result: RetrievalResult, rows: NDArray[np.intp]) -> None:
    """Write the groups posterior, sample_stats, posterior_predictive and observed_data.

    Arguments:
        path: of the file.
        result: of a retrieval.
        rows: of its trace that stand for it with equal weights (E,).
    """
    trace, spectrum = result.trace, result.problem.spectrum
    chain = ("chain", "draw")
    with h5py.File(path, "w", track_order=True) as file:
        file.attrs["created_by"] = "ariel-harness"
        posterior = {
            name: (chain, trace.values[rows, at][None]) for at, name in enumerate(result.problem.names)
        }
        _write_group(file, "posterior", posterior, {"chain": np.arange(1), "draw": np.arange(len(rows))})
        stats = {"lp": (chain, trace.log_likelihood[rows][None])}
        group = _write_group(
            file, "sample_stats", stats, {"chain": np.arange(1), "draw": np.arange(len(rows))}
        )
        group.attrs["log_evidence"], group.attrs["log_evidence_error"] = (
            trace.log_evidence,
            result.evidence_error,
        )
        channels: dict[str, Numbers] = {"wavelength": spectrum.wavelength}
        predicted = {"transit_depth": ((*chain, "wavelength"), result.spectra[None])}
        drawn: dict[str, Numbers] = {
            "chain": np.arange(1),
            "draw": np.arange(len(result.spectra)),
            **channels,
        }
        _write_group(file, "posterior_predictive", predicted, drawn)
        observed = {
            "transit_depth": (("wavelength",), spectrum.depth),
            "error_down": (("wavelength",), spectrum.error_down),
            "error_up": (("wavelength",), spectrum.error_up),
            "width": (("wavelength",), spectrum.width),
        }
        _write_group(file, "observed_data", observed, channels)


def _write_group(
    file: h5py.File,
    name: str,
    variables: Mapping[str, tuple[tuple[str, ...], Array]],
    coordinates: Mapping[str, Numbers],
) -> h5py.Group:
    group = file.create_group(name, track_order=True)
    for dimension, values in coordinates.items():
        scale = group.create_dataset(dimension, data=values, track_order=True)
        scale.make_scale(dimension)
        # netCDF counts the dimensions of all groups
        scale.attrs["_Netcdf4Dimid"] = np.int32(file.attrs.get(_COUNT, 0))
        file.attrs[_COUNT] = int(file.attrs.get(_COUNT, 0)) + 1
    for variable, (dimensions, values) in variables.items():
        dataset = group.create_dataset(variable, data=values)
        for at, dimension in enumerate(dimensions):
            dataset.dims[at].attach_scale(group[dimension])
    return group
