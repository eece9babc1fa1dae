"""The units that opacity files and spectra are written in, as their users spell them."""

from __future__ import annotations

import re

PASCAL = {
    "pa": 1.0,
    "pascal": 1.0,
    "pascals": 1.0,
    "hpa": 1e2,
    "kpa": 1e3,
    "mpa": 1e6,
    "bar": 1e5,
    "bars": 1e5,
    "mbar": 1e2,
    "millibar": 1e2,
    "ubar": 0.1,
    "microbar": 0.1,
    "atm": 101325.0,
    "torr": 101325.0 / 760.0,
    "dyn/cm2": 0.1,
    "dyncm-2": 0.1,
    "dyne/cm2": 0.1,
    "barye": 0.1,
    "ba": 0.1,
}

SQUARE_CENTIMETRES = {"cm2": 1.0, "m2": 1e4}

MICROMETRES = {
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometers": 1.0,
    "micrometre": 1.0,
    "micrometres": 1.0,
    "mum": 1.0,
    "mu": 1.0,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "nanometers": 1e-3,
    "nanometre": 1e-3,
    "nanometres": 1e-3,
    "a": 1e-4,
    "aa": 1e-4,
    "å": 1e-4,
    "ang": 1e-4,
    "ang.": 1e-4,
    "angstrom": 1e-4,
    "angstroms": 1e-4,
    "ångström": 1e-4,
    "ångstrom": 1e-4,
    "mm": 1e3,
    "cm": 1e4,
    "m": 1e6,
    "meter": 1e6,
    "meters": 1e6,
    "metre": 1e6,
    "metres": 1e6,
}

PER_CENTIMETRE = {
    "cm-1": 1.0,
    "1/cm": 1.0,
    "/cm": 1.0,
    "wavenumber": 1.0,
    "wavenumbers": 1.0,
    "kayser": 1.0,
    "m-1": 1e-2,
    "1/m": 1e-2,
}

KELVIN = ("k", "kelvin", "kelvins", "degk")

_PER_MOLECULE = re.compile(r"(/|\*|\.)?(molecules?|molec|particles?)(-1)?$")


def pascal(unit: str) -> float | None:
    """How many pascal a unit of pressure is, or None if it is none."""
    # a megapascal and a millipascal differ by case alone
    return 1e-3 if unit.strip() == "mPa" else PASCAL.get(plain(unit))


def square_centimetres(unit: str) -> float | None:
    """How many cm2 a unit of cross-section is (per molecule), or None if it is none.

    One of area per mass or per mole is none.
    """
    text = plain(unit)
    per = _PER_MOLECULE.search(text)
    if per and not (per[1] == "/" or per[3]):
        return None
    return SQUARE_CENTIMETRES.get(text[: per.start()] if per else text)


def micrometres(unit: str) -> float | None:
    """How many micrometres a unit of wavelength is, or None if it is none."""
    return MICROMETRES.get(plain(unit))


def per_centimetre(unit: str) -> float | None:
    """How many cm-1 a unit of wavenumber is, or None if it is none."""
    return PER_CENTIMETRE.get(plain(unit))


def plain(unit: str) -> str:
    """A unit in lower case without what is typeset: "cm^2 / molecule" becomes cm2/molecule."""
    text = unit.strip().casefold().replace("µ", "u").replace("μ", "u").replace("**", "")
    return re.sub(r"[\s^{}$\\]|\[|\]", "", text)
