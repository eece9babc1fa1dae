"""Write learned cross-sections as a directory of opacity files that any program reads."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from harness.errors import HarnessError
from harness.files.storage import is_disk_full, write_whole_folder
from harness.fitted_opacities.changes import Change
from harness.fitted_opacities.result import FitResult
from harness.physics.fitted_directory import write_fitted
from harness.physics.hitran_cia import CollisionInducedAbsorption
from harness.physics.write_cross_sections import write_cross_sections

CHANGES = "changes.csv"
_SOURCE = "learned from spectra by harness opacities fit, not a line list"
_CM5 = 1e10  # in a m5


def write_directory(
    target: Path,
    result: FitResult,
    name: str,
    changes: list[Change],
    about: dict[str, Any],
    instead: str = "mend that or choose another place",
) -> None:
    """Write TauREx HDF5 files, HITRAN .cia, a table of the changes and `fitted.json`: all or nothing.

    Arguments:
        target: a directory that is not there yet.
        name: of what the opacities were learned from and how.
        changes: what was changed.
        about: of the fit, for people to read.
        instead: what to do where it cannot be written, as a clause.

    Raises:
        HarnessError: the directory exists, cannot be written, or the disk is full.
    """
    if target.exists():
        raise HarnessError(f"{target} exists already; choose another place or remove it.")

    def fill(folder: Path) -> None:
        for table in result.tables:
            path = folder / f"{table.molecule}.h5"
            write_cross_sections(path, table, table.wavenumber, table.whole(), _SOURCE)
        for pair in result.pairs:
            _write_cia(folder / f"{pair.pair}.cia", pair)
        _write_changes(folder / CHANGES, changes)
        write_fitted(folder, name, [pair.pair for pair in result.pairs], about)

    try:
        write_whole_folder(target, fill)
    except OSError as error:
        reason = "the disk is full" if is_disk_full(error) else error.strerror or error
        raise HarnessError(
            f"{target} cannot be written ({reason}) and nothing half-written was left; {instead}."
        ) from error


def _write_cia(path: Path, pair: CollisionInducedAbsorption) -> None:
    first, last, points = pair.wavenumber[0], pair.wavenumber[-1], len(pair.wavenumber)
    lines = []
    for temperature, row in zip(pair.temperature, pair.values * _CM5, strict=True):
        lines.append(
            f"{pair.pair:>20}{first:10.3f}{last:10.3f}{points:7d}{temperature:7.1f}{row.max():10.3E} 20.00"
            f"{'learned from spectra':>27}{0:3d}"
        )
        lines += [f"{x:.5f} {value:.6E}" for x, value in zip(pair.wavenumber, row, strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _write_changes(path: Path, changes: list[Change]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Change.columns())
        writer.writerows(change.row() for change in changes)
