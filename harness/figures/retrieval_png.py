"""The pictures of a retrieval: the spectrum that it explains, and the temperature profile that it found."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.data.arrays import Array
from harness.figures.palette import (
    FAINT,
    GAS_STYLES,
    GRID,
    INK,
    MATPLOTLIB_DASHES,
    REGION_68,
    REGION_95,
    STYLES,
    styles,
)
from harness.figures.spectrum import WIDE, wavelength_ticks
from harness.figures.wording import formula
from harness.real_spectra.result import RetrievalResult

PERCENT = 100.0


def retrieval_spectrum(result: RetrievalResult) -> Figure:
    """Spectrum, posterior predictive bands and what each gas adds; below the residuals of every channel.

    Offsets are taken from the points, so that all instruments lie on the first one's scale.
    """
    figure = Figure(figsize=(11, 7.2), dpi=140, layout="constrained")
    top, middle, below = figure.subplots(3, 1, sharex=True, height_ratios=(3, 1.6, 1.1))
    spectrum = result.problem.spectrum
    offset = np.median(result.spectra - _without_offsets(result), axis=0)
    order = np.argsort(spectrum.wavelength)
    wavelength = spectrum.wavelength[order]
    clean = np.quantile(_without_offsets(result), (0.02275, 0.158655, 0.5, 0.841345, 0.97725), axis=0)
    clean = PERCENT * clean[:, order]
    for low, high, colour, label in ((0, 4, REGION_95, "95%"), (1, 3, REGION_68, "68% of the posterior")):
        top.fill_between(wavelength, clean[low], clean[high], color=colour, linewidth=0, label=label)
    top.plot(wavelength, clean[2], color=INK, linewidth=0.9, label="median")
    _draw_points(top, result, offset)
    _draw_gases(middle, result, order)
    residual = result.goodness.residual
    below.axhspan(-1, 1, color=GRID, alpha=0.6, linewidth=0)
    below.axhline(0, color=INK, linewidth=0.8)
    for at, (_, style) in enumerate(styles(list(spectrum.groups), STYLES).items()):
        own = spectrum.group == at
        below.plot(
            spectrum.wavelength[own],
            residual[own],
            style.marker,
            color=_colour(result, style.colour),
            markersize=2.8,
        )
    top.set_ylabel("transit depth [%]")
    middle.set_ylabel("one gas alone [%]")
    below.set_ylabel("residual [σ]")
    below.set_xlabel("wavelength [µm]")
    top.legend(frameon=False, fontsize=8, ncols=4, loc="best")
    middle.legend(frameon=False, fontsize=8, ncols=6, loc="best")
    _wavelength_axis(below, result)
    for axes in (top, middle, below):
        axes.grid(color=GRID, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    good = result.goodness
    figure.suptitle(
        f"{spectrum.name}: chi2 {good.best:.0f} for {good.channels} channels and {good.parameters} "
        f"parameters, posterior predictive p-value {good.p_value:.2g}",
        fontsize=11,
        color=INK,
    )
    return figure


def retrieval_profile(result: RetrievalResult) -> Figure:
    """Temperature against pressure with its 68% and 95% intervals."""
    figure = Figure(figsize=(5.2, 5.2), dpi=140, layout="constrained")
    axes = figure.subplots()
    pressure = result.problem.likelihood.atmosphere.model.layers.pressure / 1e5
    band = result.temperature.quantiles
    axes.fill_betweenx(pressure, band[0], band[4], color=REGION_95, linewidth=0, label="95%")
    axes.fill_betweenx(pressure, band[1], band[3], color=REGION_68, linewidth=0, label="68% of the posterior")
    axes.plot(band[2], pressure, color=INK, linewidth=1.2, label="median")
    axes.set_yscale("log")
    axes.invert_yaxis()
    axes.set_xlabel("temperature [K]")
    axes.set_ylabel("pressure [bar]")
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9)
    return figure


def _without_offsets(result: RetrievalResult) -> Array:
    """Spectra of the draws on the scale of the first instrument (D, C)."""
    import torch

    likelihood = result.problem.likelihood
    own = len(likelihood.atmosphere.parameter_names)
    offsets: Array = likelihood.nuisances.offsets(torch.from_numpy(result.draws[:, own:])).numpy()
    return result.spectra - offsets


def _draw_points(axes: Axes, result: RetrievalResult, offset: Array) -> None:
    spectrum = result.problem.spectrum
    depth = PERCENT * (spectrum.depth - offset)
    for at, (name, style) in enumerate(styles(list(spectrum.groups), STYLES).items()):
        own = spectrum.group == at
        axes.errorbar(
            spectrum.wavelength[own],
            depth[own],
            xerr=spectrum.width[own] / 2,
            yerr=PERCENT * np.stack([spectrum.error_down[own], spectrum.error_up[own]]),
            fmt=style.marker,
            color=_colour(result, style.colour),
            markersize=2.6,
            elinewidth=0.7,
            alpha=0.85,
            label=name,
            zorder=3,
        )


def _colour(result: RetrievalResult, colour: str) -> str:
    """Black where there is one instrument alone."""
    return colour if len(result.problem.spectrum.groups) > 1 else "#111111"


def _draw_gases(axes: Axes, result: RetrievalResult, order: NDArray[np.intp]) -> None:
    wavelength = result.problem.spectrum.wavelength[order]
    looks = styles(list(result.alone), (*GAS_STYLES, *STYLES[5:]))
    for gas, depths in result.alone.items():
        axes.plot(
            wavelength,
            PERCENT * depths[order],
            color=looks[gas].colour,
            linestyle=MATPLOTLIB_DASHES[looks[gas].dash],
            linewidth=1.2,
            label=formula(gas),
        )
    axes.plot(wavelength, PERCENT * result.bare[order], color=FAINT, linewidth=1.1, label="none of them")


def _wavelength_axis(axes: Axes, result: RetrievalResult) -> None:
    spectrum = result.problem.spectrum
    low = float((spectrum.wavelength - spectrum.width / 2).min())
    high = float((spectrum.wavelength + spectrum.width / 2).max())
    if high / low > WIDE:
        axes.set_xscale("log")
        ticks = wavelength_ticks(low, high)
        axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)
    axes.set_xlim(low / 1.01, high * 1.01)
