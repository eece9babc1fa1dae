"""Measured spectra from the files that their users have, one or several of one planet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from harness.data.arrays import Array
from harness.errors import HarnessError
from harness.files.column_names import fraction
from harness.files.spectrum_columns import Given
from harness.files.spectrum_covariance import covariance_note
from harness.files.spectrum_description import units_by_size
from harness.files.spectrum_kinds import KINDS
from harness.files.spectrum_table import SQUARED, SpectrumTable, read_spectrum_table
from harness.real_spectra.plausibility import (
    depth_unit_by_planet,
    repeated_channels,
    require_depths,
    require_no_emission,
    require_no_placeholders,
    require_planet,
    require_possible_channels,
    require_possible_errors,
    require_single_channels,
)
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum

FEWEST, MOST = 3, 5000  # channels

Widths = Literal["full", "half", "spacing"]


def read_spectra(
    paths: Sequence[Path], host: HostFacts | None, given: Given | None = None, widths: Widths | None = None
) -> MeasuredSpectrum:
    """Read the transmission spectrum of one planet from one file or more.

    Rows without a depth or an error are left out and counted. Every file is a group of its own, or as many
    as it has instruments.

    Arguments:
        paths: the files.
        host: the star and the planet, which tell what unit depths can be in; None if they are not known.
        given: what its user says of the files.
        widths: what the widths are where the files do not tell; "spacing" for channels that touch.

    Raises:
        HarnessError: a file cannot be read, does not tell enough, or is no transmission spectrum.
    """
    parts = [_one(path, host, given or Given(), widths) for path in paths]
    labels = [path.stem for path in paths]
    if len(parts) > 1 and len(set(labels)) < len(labels):
        raise HarnessError(f"Two of the files are called {labels[0]}; give each another name.")
    names: list[str] = []
    groups = []
    for label, part in zip(labels, parts, strict=True):
        own = part.groups
        if len(parts) > 1:
            own = (label,) if len(own) == 1 else tuple(f"{label} {group}" for group in own)
        groups.append(part.group + len(names))
        names += own
    whole = MeasuredSpectrum(
        labels[0],
        np.concatenate([part.wavelength for part in parts]),
        np.concatenate([part.width for part in parts]),
        np.concatenate([part.depth for part in parts]),
        np.concatenate([part.error_down for part in parts]),
        np.concatenate([part.error_up for part in parts]),
        np.concatenate(groups),
        tuple(names),
        tuple(note for part in parts for note in part.notes),
        _joined_covariance(parts),
    )
    _require_number(len(whole), paths)
    require_depths(whole)
    if host is not None:
        require_planet(whole, host)
    return _by_wavelength(whole)


def _one(path: Path, host: HostFacts | None, given: Given, widths: Widths | None) -> MeasuredSpectrum:
    if path.suffix.lower() not in KINDS:
        raise HarnessError(f"{path} is of no known kind; expected a table as {', '.join(KINDS)}.")
    table, notes = _in_known_units(path, host, given)
    assert table.depth is not None
    if table.error is None:
        raise HarnessError(
            f"{path} has no column of errors, without which nothing can be inferred; add one, or name the "
            "columns with --columns, such as wavelength,depth,error."
        )
    down, up = table.asymmetric or (table.error, table.error)
    if len(table.wavelength) < 2:
        _require_number(len(table.wavelength), [path])
    width, told = _full_widths(table, widths)
    notes += told
    kept = np.isfinite(table.wavelength) & np.isfinite(width) & np.isfinite(down) & np.isfinite(up)
    left_out = table.left_out + int(np.count_nonzero(~kept))
    if left_out:
        limits = f", {table.limits} of them as limits" if table.limits else ""
        notes.append(f"{path.name}: {left_out} rows without a depth or an error are left out{limits}.")
    sentences = (*table.marks, SQUARED) if table.of_ratios else table.marks
    notes += [f"{path.name}: {one[0].lower()}{one[1:]}" for one in sentences]
    if table.asymmetric is not None:
        notes.append(f"{path.name}: errors up and down are kept apart.")
    if not kept.any():
        raise HarnessError(f"{path} has no row with a wavelength, a depth and an error.")
    require_possible_channels(path, table.wavelength[kept], width[kept])
    require_no_placeholders(path, "an error", table.wavelength, np.maximum(down, up))
    require_possible_errors(path, table.wavelength[kept], table.depth[kept], down[kept], up[kept])
    covariance = None if table.covariance is None else table.covariance[np.ix_(kept, kept)]
    if covariance is not None:
        notes.append(f"{path.name}: {covariance_note(path, covariance, table.error[kept])}.")
        down = up = np.full(len(kept), np.nan)
        down[kept] = np.sqrt(np.diag(covariance))
    groups, group = _groups(table, kept)
    if len(groups) > 1:
        counted = ", ".join(f"{name} ({np.count_nonzero(group == at)})" for at, name in enumerate(groups))
        notes.append(f"{path.name}: {len(groups)} instruments or offset groups: {counted}.")
    part = MeasuredSpectrum(
        path.stem,
        table.wavelength[kept],
        width[kept],
        table.depth[kept],
        down[kept],
        up[kept],
        group,
        groups,
        covariance=covariance,
    )
    if not table.several:
        require_single_channels(part)
    elif twice := repeated_channels(part):
        notes.append(f"{path.name}: {twice} channels of an offset group are there twice; both rows count.")
    return replace(part, notes=tuple(notes))


def _in_known_units(path: Path, host: HostFacts | None, given: Given) -> tuple[SpectrumTable, list[str]]:
    """The table in um and in fractions of the star's light, and what was found out of its units."""
    table = read_spectrum_table(path, given)
    _require_no_more(len(table.wavelength), [path])
    units = dict(given.units)
    notes = []
    if table.wavelength_unit is None:
        likely = units_by_size(table.wavelength)
        if len(likely) != 1:
            others = (
                f"may be {' or '.join(likely)}" if likely else "is none that a spectrum has by their size"
            )
            raise HarnessError(
                f"{path} does not say the unit of its wavelengths, and it {others}; say it, as --units "
                "wavelength=nm."
            )
        units["wavelength"] = likely[0]
        notes.append(f"{path.name}: wavelengths are in {likely[0]}, by their size.")
        table = read_spectrum_table(path, replace(given, units=dict(units)))
    assert table.depth is not None
    require_no_placeholders(path, "a depth", table.wavelength, table.depth)
    require_no_emission(path, table.wavelength, table.depth)
    named = not table.by_numbers
    if not named:
        read = ", ".join(one.role or "left out" for one in table.columns)
        notes.append(f"{path.name}: the columns are {read}, by their numbers.")
    if table.depth_unit is None:
        said = table.error_unit
        unit, why = (
            (said, "as its errors")
            if said and not _exceeded(table)
            else depth_unit_by_planet(path, table.depth, host, named)
        )
        units["depth"] = unit
        notes.append(f"{path.name}: depths are in {_name(unit)}, {why}.")
        table = read_spectrum_table(path, replace(given, units=units))
    return table, notes


def _exceeded(table: SpectrumTable) -> bool:
    """Whether the errors are larger than depths in their unit would be."""
    assert table.depth is not None
    assert table.error is not None
    depth = table.depth * (fraction(table.error_unit or "") or 1.0)
    return bool(np.nanmedian(table.error) > np.nanmedian(depth))


def _name(unit: str) -> str:
    return "fractions of the star's light" if fraction(unit) == 1 else unit


def _full_widths(table: SpectrumTable, widths: Widths | None) -> tuple[Array, list[str]]:
    name = table.path.name
    if widths == "spacing":
        return _spacing(table), [f"{name}: channels are taken to touch each other, as --widths spacing says."]
    if table.width is not None:
        return table.width, [f"{name}: widths are {table.width_note}."]
    if table.width_note is None:
        raise HarnessError(
            f"{table.path} has no column of widths; add one, name the columns with --columns, such as "
            "wavelength,depth,error,width, or say --widths spacing if the channels touch each other."
        )
    if widths is None:
        raise HarnessError(
            f"The widths of {table.path} are {table.width_note}; say --widths full or --widths half."
        )
    assert table.raw_width is not None
    return table.raw_width * (2 if widths == "half" else 1), [
        f"{name}: widths are {widths}, as --widths says."
    ]


def _spacing(table: SpectrumTable) -> Array:
    """The distance to the neighbours of the same instrument on both sides, halved (N,)."""
    width = np.full(len(table.wavelength), np.nan)
    names = np.array(table.groups or [""] * len(width))
    for name in np.unique(names):
        own = np.flatnonzero(names == name)
        order = own[np.argsort(table.wavelength[own])]
        if len(order) < 2:
            raise HarnessError(
                f"{table.path} has one channel of {name or 'its own'} alone, whose width no spacing tells; "
                "add a column of widths."
            )
        width[order] = np.abs(np.gradient(table.wavelength[order]))
    return width


def _groups(table: SpectrumTable, kept: NDArray[np.bool_]) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    if table.groups is None:
        return (table.path.stem,), np.zeros(int(kept.sum()), dtype=np.intp)
    said = [name for name, good in zip(table.groups, kept.tolist(), strict=True) if good]
    names = tuple(dict.fromkeys(said))
    return names, np.array([names.index(name) for name in said], dtype=np.intp)


def _joined_covariance(parts: Sequence[MeasuredSpectrum]) -> Array | None:
    """That of all files (N, N), or None where no file has one; different files are independent."""
    if all(part.covariance is None for part in parts):
        return None
    own = [np.diag(part.error_up**2) if part.covariance is None else part.covariance for part in parts]
    if any(part.covariance is None and part.asymmetric for part in parts):
        raise HarnessError(
            "One of the files has a covariance and another has errors up and down that differ, which no one "
            "likelihood takes; give errors that are alike."
        )
    joined: Array = np.asarray(block_diag(*own), dtype=np.float64)
    return joined


def _require_number(points: int, paths: Sequence[Path]) -> None:
    shown = " and ".join(str(path) for path in paths[:3])
    have = "has" if len(paths) == 1 else "have"
    if points < FEWEST:
        counted = "1 point" if points == 1 else f"{points} points"
        raise HarnessError(f"{shown} {have} {counted}; a retrieval needs at least {FEWEST}.")
    _require_no_more(points, paths)


def _require_no_more(points: int, paths: Sequence[Path]) -> None:
    if points > MOST:
        shown = " and ".join(str(path) for path in paths[:3])
        have = "has" if len(paths) == 1 else "have"
        raise HarnessError(
            f"{shown} {have} {points:,} points; a retrieval takes at most {MOST:,}: bin the spectrum first."
        )


def _by_wavelength(spectrum: MeasuredSpectrum) -> MeasuredSpectrum:
    order = np.argsort(spectrum.wavelength, kind="stable")
    fields = ("wavelength", "width", "depth", "error_down", "error_up", "group")
    covariance = None if spectrum.covariance is None else spectrum.covariance[np.ix_(order, order)]
    ordered = {field: getattr(spectrum, field)[order] for field in fields}
    return replace(spectrum, covariance=covariance, **ordered)
