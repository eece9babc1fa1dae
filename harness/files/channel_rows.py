"""Which row of a spectrum's table is which channel of a run, whatever unit its wavelengths are in."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.files.spectrum_table import SpectrumTable
from harness.files.spectrum_wavelengths import in_micrometres

Array = NDArray[np.float64]

# units that wavelengths may be in without saying so, where they then fall on every channel
_UNSAID = ("um", "nm", "Angstrom", "m", "cm-1")


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


def channel_rows(table: SpectrumTable, channels: Channels) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """For each channel the row of a table that has its wavelength, and what was found out of its unit.

    Raises:
        HarnessError: a channel has no row, or a row no channel; tells whether a unit is wrong, or what.
    """
    units = _UNSAID if table.wavelength_unit is None else (None,)
    found = {}
    for unit in units:
        rows = _matched(_converted(table, unit), channels)
        if rows is not None:
            found[unit] = rows
    if len(found) == 1:
        ((unit, rows),) = found.items()
        told = () if unit in (None, "um") else (f"its wavelengths are in {unit}",)
        return rows, told
    raise HarnessError(_other_channels(table, channels))


def _converted(table: SpectrumTable, unit: str | None) -> Array:
    """The wavelengths [um], if they are in this unit; None where they are in um already."""
    if unit == "cm-1":
        with np.errstate(divide="ignore"):
            return np.where(table.wavelength > 0, 1e4 / table.wavelength, np.nan)
    return in_micrometres(table.path, table.wavelength, unit)


def _matched(wavelength: Array, channels: Channels) -> NDArray[np.intp] | None:
    centres, widths = np.array(channels.wavelength), np.array(channels.width)
    if len(wavelength) != len(centres):
        return None
    rows = np.empty(len(centres), dtype=np.intp)
    rows[np.argsort(centres, kind="stable")] = np.argsort(wavelength, kind="stable")
    return rows if (np.abs(wavelength[rows] - centres) <= widths / 4).all() else None


def _other_channels(table: SpectrumTable, channels: Channels) -> str:
    """What is wrong with the wavelengths of a table, in a sentence: their unit, or a channel of them."""
    centres, widths = np.array(channels.wavelength), np.array(channels.width)
    said = table.wavelength_unit
    wavelength = table.wavelength
    for unit in _UNSAID if said is None else ():
        if _share(_converted(table, unit), centres, widths) > 0.5:
            wavelength = _converted(table, unit)
    low, high = np.nanmin(wavelength), np.nanmax(wavelength)
    if not (low < centres.max() and high > centres.min()):
        shown = f"in {said}, are" if said is not None else "are"
        return (
            f"The wavelengths of {table.path} {shown} from {low:g} to {high:g} um, but the channels from "
            f"{centres.min():g} to {centres.max():g} um; say their unit, such as with --units wavelength=nm."
        )
    nearest = np.abs(wavelength[:, None] - centres).argmin(axis=1)
    on = np.abs(wavelength - centres[nearest]) <= widths[nearest] / 4
    missing = np.setdiff1d(np.arange(len(centres)), nearest[on])
    if len(wavelength) != len(centres):
        what = f"{table.path} has {len(wavelength)} rows; {expected_channels(channels)}"
        if len(missing):
            more = f" and {len(missing) - 1} more are" if len(missing) > 1 else " is"
            return f"{what}: that at {centres[missing[0]]:g} um{more} missing."
        return f"{what}: {np.count_nonzero(~on) or len(wavelength) - len(centres)} too many."
    rows = np.empty(len(centres), dtype=np.intp)
    rows[np.argsort(centres, kind="stable")] = np.argsort(wavelength, kind="stable")
    off = ~(np.abs(wavelength[rows] - centres) <= widths / 4)
    channel = int(off.argmax())
    return (
        f"{table.path} has the wavelength {wavelength[rows][channel]:g} um where channel {channel} of the "
        f"challenge is at {centres[channel]:g} um; bin the spectrum to the challenge's channels first."
    )


def _share(wavelength: Array, centres: Array, widths: Array) -> float:
    """How many of the wavelengths [um] lie on a channel."""
    nearest = np.abs(np.nan_to_num(wavelength)[:, None] - centres).argmin(axis=1)
    return float(np.mean(np.abs(wavelength - centres[nearest]) <= widths[nearest] / 4))


def expected_channels(channels: Channels) -> str:
    """What a file of these channels holds, for a message."""
    n_channels = len(channels.wavelength)
    low, high = min(channels.wavelength), max(channels.wavelength)
    return f"expected one value for each of {n_channels} channels from {low:g} to {high:g} um"
