"""Whether numbers can be a planet's transmission spectrum, told in one sentence where they cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from harness.data.arrays import Array
from harness.errors import HarnessError
from harness.files.column_names import fraction
from harness.files.spectrum_table import SpectrumTable
from harness.physics.constants import JUPITER_MASS, JUPITER_RADIUS, SUN_RADIUS
from harness.real_spectra.spectrum import HostFacts, MeasuredSpectrum

# g/cm3; the lightest planets known have 0.03, solid iron under pressure 20
LIGHTEST, DENSEST = 0.02, 40.0
_UNITS = ("fraction", "%", "ppt", "ppm")
RATIO = "Rp/Rs"

# An eclipse is deeper in the infrared by the planet's thermal emission; the depth of a transit changes by
# some scale heights over all wavelengths, in the most extended atmospheres by less than half.
STRONG_RISE, STEADY_RISE, STEADY = 2.5, 1.5, 0.8
LONGEST = 100.0  # um
LEAST_ERROR = 1e-5  # of the depths, to which no telescope comes near
PLACEHOLDER = 3.0  # times the median: no channel is so deep


def planet_radius(depth: Array, host: HostFacts) -> float:
    """The radius [R_Jup] that the median of transit depths in fractions makes."""
    return float(np.sqrt(np.median(depth)) * host.star_radius * SUN_RADIUS / JUPITER_RADIUS)


def density(radius: float, mass: float) -> float:
    """Mean density [g/cm3] of a planet of a radius [R_Jup] and a mass [M_Jup]."""
    volume = 4 / 3 * np.pi * (radius * JUPITER_RADIUS) ** 3
    return float(mass * JUPITER_MASS / volume / 1000)


def depth_unit_by_planet(
    path: Path, depth: Array, host: HostFacts | None, named: bool = True
) -> tuple[str, str]:
    """The one unit in which depths (N,) make a planet of the host's mass, and why.

    Arguments:
        named: whether the file says that they are depths; else they may be ratios of radii too.

    Raises:
        HarnessError: several do, or none, or star and planet are not known, or they may be ratios.
    """
    if host is None:
        raise HarnessError(
            f"{path} does not say the unit of its depths; say it, as --units depth=ppm, or give "
            "--star-radius and --planet-mass, which tell it."
        )
    seen = depth[np.isfinite(depth)]
    made = {}
    for unit in _UNITS:
        fractions = seen * (fraction(unit) or 1.0)
        if 0 < np.median(fractions) < 1:
            made[unit] = planet_radius(fractions, host)
    if not named and seen.min() > 0 and seen.max() < 1:
        made[RATIO] = planet_radius(seen**2, host)
    fitting = {
        unit: radius
        for unit, radius in made.items()
        if LIGHTEST < density(radius, host.planet_mass) < DENSEST
    }
    if RATIO in fitting:
        others = [f"depths in {unit}" for unit in fitting if unit != RATIO]
        raise HarnessError(
            f"{path} does not say whether it has {' or '.join(['ratios of radii (Rp/Rs)', *others])}, which "
            f"would make a planet of {host.planet_mass:g} M_Jup; name the columns, as --columns "
            "wavelength,width,rp_rs,rp_rs_err or, with --units depth=%, wavelength,width,depth,error."
        )
    if len(fitting) == 1:
        ((unit, radius),) = fitting.items()
        dense = density(radius, host.planet_mass)
        return (
            unit,
            f"the one unit that makes a planet of such a mass ({radius:.2f} R_Jup, {dense:.2g} g/cm3)",
        )
    what = " and ".join(fitting) if fitting else "no unit"
    raise HarnessError(
        f"{path} does not say the unit of its depths, and {what} would make a planet of "
        f"{host.planet_mass:g} M_Jup; say it, as --units depth=ppm, or check --star-radius and "
        "--planet-mass."
    )


def require_planet(spectrum: MeasuredSpectrum, host: HostFacts) -> None:
    """Refuse depths that make no planet of the host's mass.

    Raises:
        HarnessError: its mean density is impossible.
    """
    radius = planet_radius(spectrum.depth, host)
    dense = density(radius, host.planet_mass)
    if not LIGHTEST / 10 < dense < DENSEST * 10:
        raise HarnessError(
            f"The depths of {spectrum.name} make a planet of {radius:.3g} R_Jup and, with "
            f"{host.planet_mass:g} M_Jup, {dense:.2g} g/cm3; check their unit (--units depth=ppm), "
            "--star-radius and --planet-mass."
        )


def require_possible_channels(path: Path, wavelength: Array, width: Array) -> None:
    """Refuse wavelengths and widths of zero and below or far in the infrared, and channels below zero.

    Raises:
        HarnessError: there is one.
    """
    for what, values in (("wavelength", wavelength), ("width", width)):
        wrong = values <= 0
        if wrong.any():
            at = int(np.argmax(wrong))
            where = "" if what == "wavelength" else f" at {wavelength[at]:g} um"
            raise HarnessError(
                f"{path} has a {what} of {values[at]:g} um{where}; a {what} must be above 0: correct the "
                "row, or leave it out."
            )
    if (wavelength > LONGEST).any():
        raise HarnessError(
            f"{path} has a wavelength of {wavelength.max():g} um, where no spectrum of a transit is; check "
            "the unit, as --units wavelength=nm."
        )
    wrong = width >= 2 * wavelength
    if wrong.any():
        at = int(np.argmax(wrong))
        raise HarnessError(
            f"{path} has a width of {width[at]:g} um at {wavelength[at]:g} um, with which the channel begins "
            "below 0; check the unit of the widths, or say what the columns are with --columns."
        )


def require_possible_errors(path: Path, wavelength: Array, depth: Array, down: Array, up: Array) -> None:
    """Refuse errors of zero and below, and those larger than the depths or far below what is measured.

    Raises:
        HarnessError: there is one, or most are.
    """
    ratio = float(np.median((down + up) / 2 / np.abs(np.where(depth == 0, np.nan, depth))))
    if ratio > 1:
        raise HarnessError(
            f"The errors of {path} are {ratio:.3g} times as large as its depths, which say nothing so; check "
            "their units (--units depth=ppm,error=ppm), or what the columns are (--columns)."
        )
    if 0 < ratio < LEAST_ERROR:
        raise HarnessError(
            f"The errors of {path} are {ratio:.2g} of its depths, less than any telescope has; check their "
            "units (--units depth=ppm,error=fraction), or what the columns are (--columns)."
        )
    wrong = (down <= 0) | (up <= 0)
    if wrong.any():
        at = int(np.argmax(wrong))
        more = int(wrong.sum()) - 1
        rest = f" (and {more} more)" if more else ""
        raise HarnessError(
            f"{path} has an error of {min(down[at], up[at]):g} at {wavelength[at]:g} um{rest}; errors must "
            "be above 0: leave such rows out."
        )


def repeated_channels(spectrum: MeasuredSpectrum) -> int:
    """How many rows are of a channel that another row of the same group has too."""
    keys = np.stack([spectrum.group, spectrum.wavelength.round(9), spectrum.width.round(9)], axis=1)
    return len(keys) - len(np.unique(keys, axis=0))


def require_single_channels(spectrum: MeasuredSpectrum) -> None:
    """Refuse two rows for one channel of one instrument; channels that overlap are no such rows.

    Raises:
        HarnessError: there are.
    """
    keys = np.stack([spectrum.group, spectrum.wavelength.round(9), spectrum.width.round(9)], axis=1)
    found, first, times = np.unique(keys, axis=0, return_index=True, return_counts=True)
    if len(found) < len(keys):
        at = int(first[np.argmax(times > 1)])
        raise HarnessError(
            f"{spectrum.groups[spectrum.group[at]]} has {int(times.max())} rows for the channel at "
            f"{spectrum.wavelength[at]:g} um; leave one, or say in a column of instruments which saw which."
        )


def require_no_placeholders(path: Path, what: str, wavelength: Array, values: Array) -> None:
    """Refuse numbers of nines alone, far above the others, which tables have where nothing was measured.

    Arguments:
        path: the file.
        what: what they are.
        wavelength: of each (N,).
        values: in any unit (N,); nan where there is none.

    Raises:
        HarnessError: there is one, such as 99999 ppm or 9.999e-3.
    """
    typical = float(np.nanmedian(np.abs(values))) if np.isfinite(values).any() else np.inf
    for at in np.flatnonzero(np.abs(values) > PLACEHOLDER * typical):
        digits = f"{abs(values[at]):.10g}".partition("e")[0].replace(".", "").strip("0")
        if len(digits) >= len("999") and set(digits) == {"9"}:
            raise HarnessError(
                f"{path} has {what} of {values[at]:g} at wavelength {wavelength[at]:g}, "
                f"{abs(values[at]) / typical:.3g} times the typical one: this looks like a mark for no "
                "measurement; leave such rows out, or write nan."
            )


def require_no_emission(path: Path, wavelength: Array, depth: Array) -> None:
    """Refuse what looks like the spectrum of an eclipse, whatever unit its depths are in.

    Arguments:
        path: the file.
        wavelength: [um] (N,).
        depth: in any unit (N,).

    Raises:
        HarnessError: depths rise strongly towards the infrared.
    """
    order = np.argsort(wavelength)
    wavelength, depth = wavelength[order], depth[order]
    quarter = max(1, len(depth) // 4)
    short, long = float(np.median(depth[:quarter])), float(np.median(depth[-quarter:]))
    if len(depth) < 4 or long <= 0 or np.ptp(depth) == 0 or np.ptp(wavelength) == 0:
        return
    rise = long / short if short > 0 else np.inf
    steady = float(spearmanr(wavelength, depth).statistic)
    if rise > STRONG_RISE or (rise > STEADY_RISE and steady > STEADY):
        raise HarnessError(
            f"The depths of {path} rise from {short:.3g} at {wavelength[0]:.3g} um to {long:.3g} at "
            f"{wavelength[-1]:.3g} um: this looks like an emission spectrum (an eclipse, deeper in the "
            "infrared), and harness retrieve takes transmission spectra."
        )


def doubts(path: Path, table: SpectrumTable) -> list[str]:
    """Why `harness retrieve` would refuse a table, as far as the table alone tells, a sentence each."""
    depth = table.depth
    assert depth is not None
    known = np.isfinite(table.wavelength)
    checks: list[Callable[[], None]] = [
        lambda: require_no_placeholders(path, "a depth", table.wavelength, depth),
        lambda: require_no_emission(path, table.wavelength, depth),
    ]
    if table.error is not None and table.depth_unit == table.error_unit:
        down, up = table.asymmetric or (table.error, table.error)
        checks.append(
            lambda: require_no_placeholders(path, "an error", table.wavelength, np.maximum(down, up))
        )
        good = known & np.isfinite(down) & np.isfinite(up)
        if good.any():
            checks.append(
                lambda: require_possible_errors(
                    path, table.wavelength[good], depth[good], down[good], up[good]
                )
            )
    if table.width is not None and table.wavelength_unit is not None:
        good_width = known & np.isfinite(table.width)
        width = table.width[good_width]
        checks.append(lambda: require_possible_channels(path, table.wavelength[good_width], width))
    found = []
    for check in checks:
        try:
            check()
        except HarnessError as error:
            found.append(str(error))
    return found


def require_depths(spectrum: MeasuredSpectrum) -> None:
    """Refuse depths that are no share of the star's light, and errors of all of it and more.

    Raises:
        HarnessError: one is not between 0 and 1.
    """
    blind = spectrum.error >= 1
    if blind.any():
        at = int(np.argmax(blind))
        raise HarnessError(
            f"{spectrum.name} has an error of {spectrum.error[at]:g} at {spectrum.wavelength[at]:g} um, as "
            "much as all of the star's light; check its unit, or leave the row out."
        )
    wrong = (spectrum.depth <= 0) | (spectrum.depth >= 1)
    if wrong.any():
        at = int(np.argmax(wrong))
        raise HarnessError(
            f"{spectrum.name} has a depth of {spectrum.depth[at]:g} at {spectrum.wavelength[at]:g} um; a "
            "transit depth is between 0 and 1 of the star's light: check the unit, as --units depth=ppm."
        )
