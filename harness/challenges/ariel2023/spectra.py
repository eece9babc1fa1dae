"""Spectra, noise and channels of an Ariel 2023 directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.challenges.ariel2023.layout import NOISE, SPECTRUM, WAVELENGTH, WIDTH
from harness.data.arrays import Array
from harness.errors import HarnessError
from harness.files.planet_file import PlanetFile


@dataclass(frozen=True)
class Spectra:
    """The spectra of N planets on the same W channels.

    Attributes:
        path: where they were read from.
        wavelength, width: channel centres and widths (W,) [um], in the file's order.
        spectrum, noise: transit depth and its 1-sigma noise (N, W).
    """

    path: Path
    wavelength: Array
    width: Array
    spectrum: Array
    noise: Array


def read_spectra(path: Path, planets: Sequence[str], listed_in: Path) -> Spectra:
    """Read the spectra of the planets that a table lists, in its order.

    Raises:
        HarnessError: the planets differ, their channels differ, a spectrum is not finite, or a
            noise is not positive.
    """
    with PlanetFile(path) as file:
        file.require_planets(planets, listed_in)
        names = (WAVELENGTH, WIDTH, SPECTRUM, NOISE)
        n_channels = _n_channels(file, planets[0])
        wavelength, width, spectrum, noise = (np.empty((len(planets), n_channels)) for _ in names)
        arrays = dict(zip(names, (wavelength, width, spectrum, noise), strict=True))
        for row, planet in enumerate(planets):
            group = file.planet(planet)
            for name, array in arrays.items():
                group.read(name, array[row])
    for name, array in ((WAVELENGTH, wavelength), (WIDTH, width)):
        _require_positive(path, planets[:1], name, array[:1], "a positive number of micrometres")
        _require_equal(path, planets, name, array)
    bad = ~np.isfinite(spectrum)
    if bad.any():
        row, channel = np.argwhere(bad)[0]
        raise _wrong(path, planets[row], SPECTRUM, channel, spectrum[row, channel], "a finite transit depth")
    _require_positive(path, planets, NOISE, noise, "a positive 1-sigma transit depth")
    return Spectra(path, wavelength[0].copy(), width[0].copy(), spectrum, noise)


def require_same_channels(first: Spectra, second: Spectra) -> None:
    """Check that two files have the same channels in the same order.

    Raises:
        HarnessError: they have not.
    """
    if not (_close(first.wavelength, second.wavelength) and _close(first.width, second.width)):
        raise HarnessError(
            f"{second.path} has other channels than {first.path}, or has them in another order "
            f"({_range(second)} against {_range(first)}); both must have the same grid."
        )


def _n_channels(file: PlanetFile, planet: str) -> int:
    group = file.planet(planet)
    shape = group.shape(WAVELENGTH)
    if len(shape) != 1 or shape[0] == 0:
        raise HarnessError(f"{group.where}: '{WAVELENGTH}' has shape {shape}; expected one row of channels.")
    return shape[0]


def _close(first: Array, second: Array) -> bool:
    return first.shape == second.shape and bool(np.allclose(first, second, rtol=1e-6, atol=0))


def _range(spectra: Spectra) -> str:
    return f"{len(spectra.wavelength)} from {spectra.wavelength[0]:g} to {spectra.wavelength[-1]:g} um"


def _require_equal(path: Path, planets: Sequence[str], name: str, values: Array) -> None:
    differs = ~np.isclose(values, values[0], rtol=1e-6, atol=0)
    if differs.any():
        row, channel = np.argwhere(differs)[0]
        raise HarnessError(
            f"{path}, planet {planets[row]}: {name} is {values[row, channel]:g} um in channel {channel} but "
            f"{values[0, channel]:g} um for planet {planets[0]}; all planets must have the same channels."
        )


def _require_positive(path: Path, planets: Sequence[str], name: str, values: Array, expected: str) -> None:
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        row, channel = np.argwhere(bad)[0]
        raise _wrong(path, planets[row], name, channel, values[row, channel], expected)


def _wrong(path: Path, planet: str, name: str, channel: int, value: float, expected: str) -> HarnessError:
    return HarnessError(
        f"{path}, planet {planet}: {name} is {value:g} in channel {channel}; expected {expected}."
    )
