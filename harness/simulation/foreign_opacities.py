"""Opacities that are not those of the model at hand: the same gases as another group would have them.

Line lists differ from one another in strength, in what becomes of them at other temperatures, and in their
lines. A directory of cross-sections is changed in all three ways, every gas on its own:

    log10 sigma' = log10 sigma + a(w) + b(w) t + c(w) t^2 + d(w) p        smooth: strength and temperature
                 + (k - 1) (log10 sigma - <log10 sigma>), reordered       lines: contrast and places

with t = log10(T / 1000 K) and p = log10(P / 100 Pa) / 4. a, b, c and d are smooth in wavelength. <> is the
running mean over a window narrower than a channel, within which the points of the fine structure change
places, the same ones at every temperature and pressure. A window keeps its mean cross-section, since what a
band absorbs in all is better known than how its lines share it. Last, the points are averaged onto a grid of
another resolving power.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.files.storage import write_whole_folder
from harness.physics import GASES
from harness.physics.cross_sections import Array, CrossSections
from harness.physics.opacity_directory import find_cia, select_cross_sections
from harness.physics.write_cross_sections import write_cross_sections
from harness.simulation.challenge import random_stream

PIVOT_TEMPERATURE, PIVOT_PRESSURE = 1000.0, 100.0  # K, Pa
DECADES = 4.0  # of pressure, over which d(w) is told
SMALLEST = 1e-33  # cm2, as the band model has it between bands


@dataclass(frozen=True)
class Change:
    """How foreign the opacities are.

    Attributes:
        weakest, strongest: root mean square of a(w), uniform between the two for each gas [dex].
        warming: root mean square of b(w) [dex for each decade of temperature].
        curving: root mean square of c(w) [dex for each decade squared].
        tilting: root mean square of d(w) [dex over four decades of pressure].
        smoothness: correlation length of the four, in the natural logarithm of wavelength.
        least_contrast, most_contrast: k, log-uniform between the two for each gas.
        window: points of the fine structure that change places with each other.
        resolving_power: of the new grid; None keeps the points.
    """

    weakest: float = 0.1
    strongest: float = 0.3
    warming: float = 0.2
    curving: float = 0.2
    tilting: float = 0.05
    smoothness: float = 0.3
    least_contrast: float = 0.7
    most_contrast: float = 1.4
    window: int = 16
    resolving_power: float | None = 2000.0

    def scaled(self, factor: float) -> Change:
        """All of it times a factor; the contrast to that power."""
        return Change(
            weakest=self.weakest * factor,
            strongest=self.strongest * factor,
            warming=self.warming * factor,
            curving=self.curving * factor,
            tilting=self.tilting * factor,
            smoothness=self.smoothness,
            least_contrast=self.least_contrast**factor,
            most_contrast=self.most_contrast**factor,
            window=self.window,
            resolving_power=self.resolving_power,
        )


def foreign_cross_sections(
    table: CrossSections, seed: int, change: Change | None = None
) -> tuple[Array, NDArray[np.float32]]:
    """One molecule's changed grid [cm-1] (V,) and cross-sections [cm2] (P, T, V).

    They follow from the seed and the molecule's name, whatever other molecules there are.
    """
    change = change or Change()
    generator = random_stream(seed, "foreign opacities", table.molecule)
    position = np.log(table.wavenumber)
    strength = generator.uniform(change.weakest, change.strongest)
    shapes = [
        _smooth(position, rms, change.smoothness, generator)
        for rms in (strength, change.warming, change.curving, change.tilting)
    ]
    contrast = np.exp(generator.uniform(np.log(change.least_contrast), np.log(change.most_contrast)))
    order = _reordered(len(position), change.window, generator)
    grid, average = _coarser(table.wavenumber, change.resolving_power)
    warmth = np.log10(table.temperature / PIVOT_TEMPERATURE)[:, None]
    values = np.empty((len(table.pressure), len(table.temperature), len(grid)), dtype=np.float32)
    for index, pressure in enumerate(table.pressure):
        depth = np.log10(pressure / PIVOT_PRESSURE) / DECADES
        smooth = shapes[0] + shapes[1] * warmth + shapes[2] * warmth**2 + shapes[3] * depth
        lines = _other_lines(table.at_pressure(index), order, float(contrast), change.window)
        values[index] = np.maximum(average(lines * 10**smooth), SMALLEST)
    return grid, values


def write_foreign_opacities(
    source: str | Path, target: Path, seed: int, change: Change | None = None
) -> None:
    """Write a directory with the changed cross-sections of the forward model's five gases (TauREx HDF5).

    Collision-induced absorption is copied as it is, where the source has any.

    Arguments:
        source: directory of opacity files.
        target: the directory, which appears when everything is written.
        seed: another seed, other opacities; the same one gives the same bytes.
        change: how much is changed.

    Raises:
        HarnessError: a file is missing or damaged.
        OSError: the disk is full, or the target cannot be written to.
    """
    tables, pairs = select_cross_sections(source, GASES), find_cia(source)
    origin = f"foreign opacities of ariel-harness, seed {seed}, not a line list"

    def fill(folder: Path) -> None:
        for table in tables:
            grid, values = foreign_cross_sections(table, seed, change)
            write_cross_sections(folder / f"{table.molecule}.h5", table, grid, values, origin)
        for pair, absorption in pairs.items():
            (folder / f"{pair}.cia").write_bytes(absorption.path.read_bytes())

    write_whole_folder(target, fill)


def _smooth(position: Array, rms: float, length: float, generator: np.random.Generator) -> Array:
    """A smooth function of log wavenumber (W,) of this root mean square: white noise under a Gaussian."""
    step = length / 4
    knots = np.arange(position[0] - 4 * length, position[-1] + 4 * length + step, step)
    heights = generator.standard_normal(len(knots))
    kernel = np.exp(-0.5 * ((position[:, None] - knots) / (length / np.sqrt(2))) ** 2)
    shape = kernel @ heights
    result: Array = shape * (rms / np.sqrt(np.mean(shape**2)))
    return result


def _reordered(points: int, window: int, generator: np.random.Generator) -> NDArray[np.intp]:
    """Positions (points,), mixed within each run of `window` of them."""
    blocks = np.arange(points) // window
    return np.lexsort((generator.random(points), blocks))


def _other_lines(sections: Array, order: NDArray[np.intp], contrast: float, window: int) -> Array:
    """Cross-sections (T, W) whose fine structure has other places and another contrast."""
    logarithm = np.log(np.maximum(sections, SMALLEST))
    mean = _running_mean(logarithm, window)
    changed = np.exp(mean + contrast * (logarithm - mean)[:, order])
    begins = np.arange(0, len(order), window)
    before, after = (np.add.reduceat(one, begins, axis=1) for one in (np.exp(logarithm), changed))
    result: Array = changed * (before / after)[:, np.arange(len(order)) // window]
    return result


def _running_mean(values: Array, window: int) -> Array:
    """Over `window` points about each (T, W); the ends count as often as it takes."""
    padded = np.pad(values, ((0, 0), (window // 2, window - 1 - window // 2)), mode="edge")
    mean: Array = np.lib.stride_tricks.sliding_window_view(padded, window, axis=1).mean(axis=-1)
    return mean


def _coarser(wavenumber: Array, resolving_power: float | None) -> tuple[Array, Callable[[Array], Array]]:
    """A grid of constant resolving power over the same range, and what averages (T, W) onto it.

    Each point of either grid stands for a cell of its own, over which its value is the same.
    """
    first, last = float(wavenumber[0]), float(wavenumber[-1])
    cells = 0 if resolving_power is None else int(resolving_power * np.log(last / first))
    if not 2 <= cells < len(wavenumber):
        return wavenumber, lambda values: values
    edges = np.geomspace(first, last, cells + 1)
    between = 0.5 * (wavenumber[1:] + wavenumber[:-1])
    cuts = np.unique(np.concatenate([edges, between]))
    inside = 0.5 * (cuts[1:] + cuts[:-1])
    point = np.searchsorted(between, inside)
    begins = np.searchsorted(inside, edges[:-1])
    lengths, widths = np.diff(cuts), np.diff(edges)

    def average(values: Array) -> Array:
        return np.add.reduceat(values[:, point] * lengths, begins, axis=1) / widths

    return np.sqrt(edges[1:] * edges[:-1]), average
