"""The wavelengths and widths of a spectrum's table, and whether the widths are full or half."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.errors import HarnessError
from harness.files.column_names import OF_WAVELENGTH, Column, Role
from harness.files.column_numbers import spacing_ratio
from harness.files.spectrum_columns import Given
from harness.physics.units import micrometres, per_centimetre

Array = NDArray[np.float64]

_FULL = re.compile(r"full|fwhm", re.IGNORECASE)


def wavelengths(
    path: Path, numbers: Mapping[Role, Array], units: Mapping[Role, str | None], given: Given
) -> tuple[Array, Array | None, str | None]:
    """Wavelengths and widths (full or half), in um where the unit is said, and this unit."""
    said = units.get(Role.WAVELENGTH)
    unit = given.units.get("wavelength") or next(
        (units[role] for role in OF_WAVELENGTH if units.get(role) is not None), None
    )
    if {Role.SHORTEST, Role.LONGEST} <= numbers.keys():
        one, other = (in_micrometres(path, numbers[role], unit) for role in (Role.SHORTEST, Role.LONGEST))
        centre = (
            in_micrometres(path, numbers[Role.WAVELENGTH], unit)
            if Role.WAVELENGTH in numbers
            else (one + other) / 2
        )
        return centre, np.abs(other - one), unit
    centre = numbers[Role.WAVELENGTH]
    width = numbers.get(Role.WIDTH, numbers.get(Role.HALF_WIDTH))
    own = units.get(Role.WIDTH) or units.get(Role.HALF_WIDTH)
    if width is not None and own is not None and said is not None and micrometres(own) is not None:
        width = in_micrometres(path, width, own)  # which may be another than that of the wavelengths
    elif width is not None and unit is not None:
        half = np.abs(width) / 2
        ends = in_micrometres(path, centre + half, unit), in_micrometres(path, centre - half, unit)
        width = np.sign(width) * np.abs(ends[0] - ends[1])
    return in_micrometres(path, centre, unit), width, unit


def in_micrometres(path: Path, values: Array, unit: str | None) -> Array:
    """Wavelengths or wavenumbers in um, or as they are where the unit is not known.

    Raises:
        HarnessError: it is no unit of wavelength.
    """
    if unit is None:
        return values
    um, per_cm = micrometres(unit), per_centimetre(unit)
    if um is None and per_cm is None:
        raise HarnessError(
            f"The wavelengths of {path} are in '{unit}', which is not a unit known here; expected one of um, "
            "nm, Angstrom, m or cm-1: convert them, or say the unit with --units wavelength=um."
        )
    if um is not None:
        return values * um
    if not (values[np.isfinite(values)] > 0).all():
        raise HarnessError(f"The wavenumbers of {path} are not all above 0 {unit}; get the file again.")
    assert per_cm is not None
    return 1e4 / (values * per_cm)


def said_of_widths(columns: Sequence[Column]) -> Role | None:
    """Role.HALF_WIDTH or Role.WIDTH if a name says half or full, else None."""
    for column in columns:
        if column.role is Role.HALF_WIDTH:
            return Role.HALF_WIDTH
        if column.role is Role.WIDTH and _FULL.search(column.name):
            return Role.WIDTH
    return None


def full_widths(
    wavelength: Array, width: Array | None, said: Role | None, edges: bool, groups: Sequence[str] | None
) -> tuple[Array | None, str | None]:
    """Full widths, and how they were found out: a name that says half or full is believed, any other is
    compared with the spacing of the wavelengths."""
    if width is None:
        return None, None
    if edges:
        return width, "full, between the edges"
    if said is Role.HALF_WIDTH:
        return 2 * width, "half, by the name"
    ratio = spacing_ratio(wavelength, width, groups)
    if 0.35 < ratio < 0.65 and said is None:
        return 2 * width, f"half: {ratio:.2f} of the spacing"
    if 0.8 < ratio < 1.3:
        return width, f"full: {ratio:.2f} of the spacing"
    if said is Role.WIDTH:
        return width, "full, by the name"
    if not np.isfinite(ratio):
        return None, "half or full, which one channel alone does not tell"
    return None, f"half or full, which their spacing does not tell ({ratio:.2f} of it)"
