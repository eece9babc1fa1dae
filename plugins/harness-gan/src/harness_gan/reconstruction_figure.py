"""A reconstructed spectrum as a picture."""

from __future__ import annotations

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.data.arrays import Array
from harness.figures.palette import FAINT, GRID, INK, MARK, REGION_68, RULER
from harness.figures.spectrum import SpectrumView


def reconstruction_figure(
    view: SpectrumView, masked: NDArray[np.bool_], mean: Array, spread: Array
) -> Figure:
    """The channels that were shown, those that were not, and what was filled in.

    Arguments:
        view: the spectrum as observed.
        masked: channels that were not shown (W,).
        mean, spread: of the reconstruction (W,), in the unit of the spectrum.
    """
    figure = Figure(figsize=(10, 5), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    order, factor = view.in_order(), view.quantity.factor
    wavelength = view.wavelength[order]
    for first, last in masked_spans(view, masked):
        axes.axvspan(first, last, color=GRID, linewidth=0, zorder=0)
    low, high = (factor * (mean + sign * spread)[order] for sign in (-1, 1))
    axes.fill_between(wavelength, low, high, color=REGION_68, alpha=0.5, linewidth=0, label="its 1σ spread")
    axes.plot(wavelength, factor * mean[order], color=RULER, linewidth=1.6, label="reconstruction")
    parts = ((~masked, INK, "black", "shown"), (masked, MARK, "white", "not shown"))
    for which, colour, face, label in parts:
        axes.errorbar(
            view.wavelength[which],
            factor * view.depth[which],
            yerr=None if view.noise is None else factor * view.noise[which],
            fmt="o",
            markersize=4,
            color=colour,
            markerfacecolor=face,
            ecolor=FAINT if face == "black" else colour,
            elinewidth=0.9,
            label=f"observed, {label}",
            zorder=4,
        )
    if view.logarithmic:
        axes.set_xscale("log")
        axes.set_xticks(view.ticks, labels=[f"{tick:g}" for tick in view.ticks])
        axes.set_xticks([], minor=True)
    axes.set_xlim(*view.limits)
    axes.set_xlabel("wavelength [µm]")
    axes.set_ylabel(str(view.quantity))
    axes.set_title(f"{view.title}\n{view.facts}", loc="left", fontsize=11, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=9, ncols=4, loc="upper left", bbox_to_anchor=(0, -0.12))
    return figure


def masked_spans(view: SpectrumView, masked: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """Ends [um] of each run of masked channels that are neighbours in wavelength, in ascending order.

    One span for all of a run: the rounded widths of channels may leave slivers between them.
    """
    order = view.in_order()
    places = np.flatnonzero(masked[order])
    runs = np.split(places, np.flatnonzero(np.diff(places) > 1) + 1)
    half = view.width[order] / 2
    low, high = view.wavelength[order] - half, view.wavelength[order] + half
    return [(float(low[run].min()), float(high[run].max())) for run in runs if len(run)]
