"""A transmission spectrum as a picture: channels, and what each gas adds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Array = NDArray[np.float64]

COLOURS = ("#2a78b5", "#c44e3f", "#4c9a52", "#8a63ad", "#c98a1b")  # of the gases, in their order
PERCENT = 100


def spectrum_figure(
    wavelength: Sequence[float], width: Sequence[float], depth: Array, alone: Mapping[str, Array], title: str
) -> Figure:
    """Draw transit depths against wavelength.

    Arguments:
        wavelength, width: channel centres and widths [um] (W,).
        depth: transit depths of the atmosphere (W,).
        alone: the same with one gas only, beside H2 and He, by the gas's name.
        title: printed above.
    """
    figure = Figure(figsize=(8, 4.5), dpi=150, layout="constrained")
    axes = figure.subplots()
    half = np.asarray(width) / 2
    for (gas, values), colour in zip(alone.items(), COLOURS, strict=False):
        axes.plot(wavelength, PERCENT * values, color=colour, linewidth=1.2, label=f"{gas} alone")
    axes.errorbar(
        wavelength,
        PERCENT * depth,
        xerr=half,
        fmt="o",
        markersize=3,
        color="black",
        linewidth=0.8,
        label="all gases",
    )
    axes.set_xscale("log")
    ticks = [tick for tick in (0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10) if wavelength[0] * 0.9 < tick]
    axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlim(float(min(wavelength)) * 0.93, float(max(wavelength)) * 1.07)
    axes.set_xlabel("wavelength [um]")
    axes.set_ylabel("transit depth [%]")
    axes.set_title(title, fontsize=10)
    axes.legend(frameon=False, fontsize=8, ncols=3)
    axes.spines[["top", "right"]].set_visible(False)
    return figure
