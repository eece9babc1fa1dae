"""`harness opacities describe`: what opacity files a directory holds."""

from __future__ import annotations

from typing import Any

import click
import numpy as np
from rich import box
from rich.table import Table

from harness.cli.options import print_json
from harness.cli.terminal import PlainConsole, styled
from harness.errors import HarnessError
from harness.physics.cross_sections import CrossSections
from harness.physics.fitted_directory import read_fitted
from harness.physics.hitran_cia import CollisionInducedAbsorption
from harness.physics.opacity_directory import survey_cia, survey_cross_sections, unsaid_units
from harness.untrusted.words import printable


def carry_out(directory: str, check: bool, as_json: bool) -> None:
    """Describe the cross-sections in DIR."""
    tables, absorption = survey_cross_sections(directory), survey_cia(directory)
    molecules, pairs = tables.found, absorption.found
    left_out = [*tables.left_out.values(), *absorption.left_out.values()]
    if not molecules and not pairs:
        if left_out:
            raise HarnessError(left_out[0])
        raise HarnessError(
            f"{directory} holds no opacities that can be read; expected TauREx HDF5 (.h5, .hdf5), "
            "Exo-Transmit (opac*.dat) or HITRAN (.cia) files."
        )
    if check:
        for table in molecules.values():
            for index in range(len(table.pressure)):
                table.at_pressure(index)
    _tell_of_fit(directory)
    for sentence in left_out:
        click.echo(printable(f"Left out: {sentence}"), err=True)
    rows = [_molecule(table) for table in molecules.values()] + [_pair(table) for table in pairs.values()]
    if as_json:
        print_json(rows)
    else:
        _print(rows)
        if (unsaid := unsaid_units(molecules.values())) is not None:
            click.echo(printable(f"Warning: {unsaid}"), err=True)


def _tell_of_fit(directory: str) -> None:
    """Say that opacities were learned, and whether they are still as they were written."""
    try:
        fitted = read_fitted(directory)
    except HarnessError as error:
        click.echo(printable(f"Warning: {error}"), err=True)
        return
    if fitted is not None:
        pairs = f" with collision-induced absorption of {' and '.join(fitted.pairs)}" if fitted.pairs else ""
        click.echo(printable(f"Learned from spectra{pairs} ({fitted.name})."), err=True)


def _molecule(table: CrossSections) -> dict[str, Any]:
    return {
        "name": table.molecule,
        "kind": "cross-sections",
        "format": table.format,
        "points": len(table.wavenumber),
        "wavelength_um": [1e4 / table.wavenumber[-1], 1e4 / table.wavenumber[0]],
        "resolution": _resolution(table.wavenumber),
        "temperatures": len(table.temperature),
        "temperature_K": [float(table.temperature[0]), float(table.temperature[-1])],
        "pressures": len(table.pressure),
        "pressure_Pa": [float(table.pressure[0]), float(table.pressure[-1])],
        "file": table.path.name,
        "unsaid": list(table.unsaid),
    }


def _pair(table: CollisionInducedAbsorption) -> dict[str, Any]:
    return {
        "name": table.pair,
        "kind": "collision-induced absorption",
        "format": "HITRAN",
        "points": len(table.wavenumber),
        "wavelength_um": [1e4 / table.wavenumber[-1], 1e4 / table.wavenumber[0]],
        "resolution": _resolution(table.wavenumber),
        "temperatures": len(table.temperature),
        "temperature_K": [float(table.temperature[0]), float(table.temperature[-1])],
        "pressures": None,
        "pressure_Pa": None,
        "file": table.path.name,
        "unsaid": [],
    }


def _resolution(wavenumber: Any) -> float:
    """Median of the wavenumber over its step."""
    if len(wavenumber) < 2:
        return 0.0
    steps = np.diff(wavenumber)
    distinct = steps > 0
    return float(np.median(wavenumber[1:][distinct] / steps[distinct]))


def _print(rows: list[dict[str, Any]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("name", no_wrap=True)
    for column in ("points", "wavelength\n[um]", "resolution", "temperature\n[K]", "pressure\n[Pa]"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("file", overflow="fold")
    for row in rows:
        table.add_row(
            styled((row["name"], "bold")),
            f"{row['points']:,}",
            _range(row["wavelength_um"]),
            f"{row['resolution']:,.0f}",
            f"{_range(row['temperature_K'])} ({row['temperatures']})",
            f"{_range(row['pressure_Pa'])} ({row['pressures']})" if row["pressures"] else "",
            printable(row["file"]),
        )
    PlainConsole().print(table)


def _range(ends: list[float]) -> str:
    return f"{ends[0]:.3g}-{ends[1]:.4g}"
