"""One observed spectrum, or a few, from a file: what `harness predict` is given.

Either a .npy file of W values, or (N, W) for several planets; or a table (.csv, .txt, .dat) with the
columns wavelength [um], transit depth and, if it is known, 1-sigma noise, one row per channel, in any
order of wavelength. A header line and lines that begin with # are passed over.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from harness.errors import HarnessError
from harness.files.number_file import load_array

Array = NDArray[np.float64]

TABLES = (".csv", ".txt", ".dat")


class Channels(Protocol):
    """The channels that a spectrum is read onto, as a schema names them."""

    @property
    def wavelength(self) -> tuple[float, ...]:
        """Channel centres [um]."""

    @property
    def width(self) -> tuple[float, ...]:
        """Channel widths [um]."""

    @property
    def spectrum_unit(self) -> str:
        """What the spectrum is in, such as "transit depth"."""


def read_spectrum(path: Path, channels: Channels) -> Tensor:
    """Read the transit depth of N planets (N, W) on the schema's channels, in its spectrum unit.

    Raises:
        HarnessError: the file is missing or damaged, has other channels, or a value is not finite.
    """
    spectrum = _read(path, channels, "spectrum")
    _require(path, spectrum, np.isfinite(spectrum), f"a finite {channels.spectrum_unit}")
    return torch.from_numpy(spectrum)


def read_noise(path: Path, channels: Channels) -> Tensor:
    """Read the 1-sigma noise of N planets (N, W) on the schema's channels, in its spectrum unit.

    A table may have it in its third column, beside the spectrum, or in its second and last.

    Raises:
        HarnessError: as `read_spectrum`, or a noise is not positive.
    """
    noise = _read(path, channels, "noise")
    _require(path, noise, np.isfinite(noise) & (noise > 0), f"a positive 1-sigma {channels.spectrum_unit}")
    return torch.from_numpy(noise)


def has_noise(path: Path) -> bool:
    """Whether a spectrum file says its noise too: a table of three columns."""
    return path.suffix.lower() in TABLES and _read_table(path).shape[1] == 3


def _read(path: Path, channels: Channels, wanted: str) -> Array:
    n_channels = len(channels.wavelength)
    if path.suffix.lower() in TABLES:
        table = _read_table(path)
        if len(table) != n_channels:
            raise _other_channels(path, f"{len(table)} rows", channels)
        column = table.shape[1] - 1 if wanted == "noise" else 1
        values: Array = table[_channels(path, table[:, 0], channels), column]
        return values[None]
    if path.suffix.lower() != ".npy":
        raise HarnessError(f"{path} is of no known kind; expected .npy, or a table as {', '.join(TABLES)}.")
    array = np.atleast_2d(load_array(path))
    if array.ndim != 2 or array.shape[1] != n_channels or len(array) == 0:
        raise _other_channels(path, f"shape {array.shape}", channels)
    return array


def _read_table(path: Path) -> Array:
    """The numbers of a table (rows, 2 or 3), separated by commas or spaces."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise HarnessError(f"{path} is missing.") from None
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise HarnessError(f"{path} is not a text file.") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        cells = line.partition("#")[0].replace(",", " ").split()
        if not cells:
            continue
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError:
            if rows:  # the first line may be a header
                raise HarnessError(
                    f"{path}, line {number}: '{line.strip()}' is not a row of numbers."
                ) from None
    widths = {len(row) for row in rows}
    if len(widths) != 1 or not widths <= {2, 3}:
        raise HarnessError(
            f"{path} must have two or three columns in every row: wavelength [um], transit depth, and noise "
            "if it is known."
        )
    return np.array(rows)


def _channels(path: Path, wavelength: Array, channels: Channels) -> NDArray[np.intp]:
    """For each channel of the schema the row of the table that has its wavelength."""
    centres, widths = np.array(channels.wavelength), np.array(channels.width)
    rows = np.empty(len(centres), dtype=np.intp)
    rows[np.argsort(centres)] = np.argsort(wavelength)
    off = ~(np.abs(wavelength[rows] - centres) <= widths / 4)
    if off.any():
        channel = int(off.argmax())
        raise HarnessError(
            f"{path} has the wavelength {wavelength[rows][channel]:g} um where channel {channel} of the "
            f"challenge is at {centres[channel]:g} um; bin the spectrum to the challenge's channels first."
        )
    return rows


def _require(path: Path, values: Array, good: NDArray[np.bool_], expected: str) -> None:
    if not good.all():
        planet, channel = np.argwhere(~good)[0]
        which = f"spectrum {planet}, " if len(values) > 1 else ""
        raise HarnessError(
            f"{path}: {which}channel {channel} is {values[planet, channel]:g}; expected {expected}."
        )


def _other_channels(path: Path, found: str, channels: Channels) -> HarnessError:
    n_channels = len(channels.wavelength)
    low, high = min(channels.wavelength), max(channels.wavelength)
    return HarnessError(
        f"{path} has {found}; expected one value for each of {n_channels} channels from {low:g} to "
        f"{high:g} um."
    )
