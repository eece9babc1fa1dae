"""One observed spectrum, or a few, on the channels of a run: what `harness predict` is given.

Either a .npy file of W values, or (N, W) for several planets; or a table of text, one row per channel in any
order of wavelength, which `harness.files.spectrum_table` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.errors import HarnessError
from harness.files.channel_rows import Channels, channel_rows, expected_channels
from harness.files.column_names import Role, fraction
from harness.files.number_file import load_array
from harness.files.spectrum_columns import Given
from harness.files.spectrum_kinds import KINDS
from harness.files.spectrum_table import read_spectrum_table

USUAL = (Role.WAVELENGTH, Role.DEPTH, Role.ERROR)  # of three columns without names

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SpectrumFile:
    """The spectra of N planets on the channels of a run, in its spectrum unit.

    Arguments:
        spectrum: transit depth (N, W), float64.
        noise: its 1-sigma noise (N, W), or None if the file does not say it.
        written: the noise as the file writes it (N, W), where the file names a unit for the noise and none
            for the depth; else None.
        notes: what was found out and its user should know, a sentence each.
    """

    spectrum: Tensor
    noise: Tensor | None
    written: Tensor | None = None
    notes: tuple[str, ...] = ()


def read_spectrum_file(path: Path, channels: Channels, given: Given | None = None) -> SpectrumFile:
    """Read spectra, and their noise where the file has it.

    Raises:
        HarnessError: the file is missing or damaged, its columns or units cannot be told, it has other
            channels, or a value is not finite.
    """
    unit = channels.spectrum_unit
    if _is_array(path):
        array = _array(path, channels)
        _require(path, array, np.isfinite(array), f"a finite {unit}")
        return SpectrumFile(torch.from_numpy(array), None)
    table = read_spectrum_table(path, given)
    rows, notes = channel_rows(table, channels)
    assert table.depth is not None
    scale = _scale(path, table.depth_unit, unit)
    depth = (table.depth[rows] * scale)[None]
    _require(path, depth, np.isfinite(depth), f"a finite {unit}")
    roles = tuple(one.role for one in table.columns)
    if table.by_numbers and len(roles) == len(USUAL) and roles != USUAL:
        read = ", ".join(role or "left out" for role in roles)
        notes += (f"its columns are {read}, by their numbers",)
    if table.error is None:
        return SpectrumFile(torch.from_numpy(depth), None, notes=notes)
    error = table.error[rows][None]
    noise = error * _scale(path, table.error_unit, unit)
    _require(path, noise, np.isfinite(noise) & (noise > 0), f"a positive 1-sigma {unit}")
    written = None
    by_its_user = given is not None and "error" in given.units
    if table.error_unit is not None and table.depth_unit is None and not by_its_user:
        written = torch.from_numpy(error / (fraction(table.error_unit) or 1.0))
        notes += (f"its noise is in {table.error_unit}, and its depth, of which no unit is said, in {unit}",)
    return SpectrumFile(torch.from_numpy(depth), torch.from_numpy(noise), written, notes)


def read_noise(path: Path, channels: Channels, given: Given | None = None) -> Tensor:
    """Read the 1-sigma noise of N planets (N, W) from a file of its own, in the run's spectrum unit.

    A table may have it in a column that says so, in the third, or in the second and last.

    Raises:
        HarnessError: as `read_spectrum_file`, or a noise is not positive.
    """
    if _is_array(path):
        noise = _array(path, channels)
    else:
        table = read_spectrum_table(path, given, alone=Role.ERROR)
        rows, _ = channel_rows(table, channels)
        assert table.error is not None
        noise = (table.error[rows] * _scale(path, table.error_unit, channels.spectrum_unit))[None]
    _require(path, noise, np.isfinite(noise) & (noise > 0), f"a positive 1-sigma {channels.spectrum_unit}")
    return torch.from_numpy(noise)


def own_fraction(unit: str) -> float | None:
    """How much of the star's light the unit of a run's spectra is, or None if they are no transit depths."""
    name, _, inside = unit.partition("[")
    own = fraction(inside.rstrip("] ")) if inside else 1.0
    return own if name.strip().endswith("depth") else None


def _is_array(path: Path) -> bool:
    suffix = path.suffix.lower()
    if suffix not in (*KINDS, ".npy"):
        raise HarnessError(f"{path} is of no known kind; expected .npy, or a table as {', '.join(KINDS)}.")
    return suffix == ".npy"


def _array(path: Path, channels: Channels) -> Array:
    array = np.atleast_2d(load_array(path))
    n_channels = len(channels.wavelength)
    if array.ndim != 2 or array.shape[1] != n_channels or len(array) == 0:
        raise HarnessError(f"{path} has shape {array.shape}; {expected_channels(channels)}.")
    return array


def _scale(path: Path, said: str | None, wanted: str) -> float:
    """What brings numbers in a unit that a file says to the unit of a run; 1 where it says none."""
    if said is None:
        return 1.0
    own = own_fraction(wanted)
    if own is None:
        raise HarnessError(
            f"{path} says that its depths are in {said}, but the run is of {wanted}, to which they cannot be "
            "brought."
        )
    return 1.0 / own


def _require(path: Path, values: Array, good: NDArray[np.bool_], expected: str) -> None:
    if not good.all():
        planet, channel = np.argwhere(~good)[0]
        which = f"spectrum {planet}, " if len(values) > 1 else ""
        raise HarnessError(
            f"{path}: {which}channel {channel} is {values[planet, channel]:g}; expected {expected}."
        )
