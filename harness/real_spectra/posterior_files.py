"""A retrieval's posterior in the layouts that other programs read."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from harness.real_spectra.netcdf import write_netcdf
from harness.real_spectra.result import RetrievalResult, equal_rows

CHAINS_SEED = 3


def posterior_files(result: RetrievalResult) -> dict[str, Callable[[Path], None]]:
    """What writes each file, by its name."""
    equal = _equally_weighted(result)
    return {
        "posterior.csv": lambda path: _write_csv(path, result),
        "post_equal_weights.dat": lambda path: _write_multinest(path, result, equal),
        "taurex.h5": lambda path: _write_taurex(path, result),
        "posterior.nc": lambda path: write_netcdf(path, result, equal),
    }


def _equally_weighted(result: RetrievalResult) -> NDArray[np.intp]:
    """As many rows as the effective sample size (E,)."""
    size = max(1, int(result.trace.effective_size))
    generator = np.random.default_rng([result.problem.settings.seed, CHAINS_SEED])
    return equal_rows(result.trace.weights, size, generator)


def _write_csv(path: Path, result: RetrievalResult) -> None:
    """Every weighted row: parameters, weight, log-likelihood."""
    trace = result.trace
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*result.problem.names, "weight", "log_likelihood"])
        for values, weight, likelihood in zip(
            trace.values.tolist(), trace.weights.tolist(), trace.log_likelihood.tolist(), strict=True
        ):
            writer.writerow([*(f"{value:.9g}" for value in values), f"{weight:.9g}", f"{likelihood:.9g}"])


def _write_multinest(path: Path, result: RetrievalResult, rows: NDArray[np.intp]) -> None:
    """MultiNest's layout: parameters and log-likelihood of equally weighted rows, between spaces."""
    trace = result.trace
    table = np.column_stack([trace.values[rows], trace.log_likelihood[rows]])
    np.savetxt(path, table, fmt="%.18E", delimiter="  ")


def _write_taurex(path: Path, result: RetrievalResult) -> None:
    """The groups of TauREx 3's retrieval output that its plotting programs read."""
    spectrum, trace = result.problem.spectrum, result.trace
    with h5py.File(path, "w") as file:
        output = file.create_group("Output")
        observed = file.create_group("Observed")
        for name, values in (
            ("wlgrid", spectrum.wavelength),
            ("spectrum", spectrum.depth),
            ("errorbars", spectrum.error),
            ("binwidths", spectrum.width),
        ):
            observed[name] = values[::-1]  # by wavenumber, as TauREx has it
        optimizer = file.create_group("Optimizer")
        optimizer["fit_parameter_names"] = list(result.problem.names)
        optimizer["fit_boundary_low"] = [one.lower for one in result.problem.parameters]
        optimizer["fit_boundary_high"] = [one.upper for one in result.problem.parameters]
        solution = output.create_group("Solutions/solution0")
        solution["type"] = "nested"
        solution["tracedata"], solution["weights"] = trace.values, trace.weights
        statistics = solution.create_group("Statistics")
        statistics["local log-evidence"] = trace.log_evidence
        statistics["local log-evidence error"] = result.evidence_error
        for at, interval in enumerate(result.intervals):
            group = solution.create_group(f"fit_params/{interval.parameter.name}")
            group["value"], group["map"] = interval.median, result.best[at]
            group["sigma_m"] = interval.median - interval.lower
            group["sigma_p"] = interval.upper - interval.median
            group["trace"] = trace.values[:, at]
        spectra = solution.create_group("Spectra")
        median = result.depths.quantiles
        spectra["binned_wlgrid"], spectra["binned_wlwidth"] = spectrum.wavelength[::-1], spectrum.width[::-1]
        spectra["binned_spectrum"] = median[2, ::-1]
        spectra["binned_std"] = ((median[3] - median[1]) / 2)[::-1]
        profiles = solution.create_group("Profiles")
        layers = result.problem.likelihood.atmosphere.model.layers
        profiles["pressure_profile"] = layers.pressure
        profiles["temp_profile"] = result.temperature.quantiles[2]
        profiles["temp_profile_std"] = (result.temperature.quantiles[3] - result.temperature.quantiles[1]) / 2
