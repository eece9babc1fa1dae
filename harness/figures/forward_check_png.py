"""A forward model's residuals, channel by channel, with matplotlib."""

from __future__ import annotations

import textwrap

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from harness.components.forward_check import ForwardCheck
from harness.figures.palette import EDGE, FAINT, FILL, GRID, INK, MARK

LETTERS = 130  # of a line


def forward_check_figure(check: ForwardCheck, wavelength: np.ndarray, title: str) -> Figure:
    """Draw the median and the middle 80% of the residuals of all planets at each channel.

    Arguments:
        check: what was found.
        wavelength: of the channels [um] (W,).
        title: what it was found of.
    """
    figure = Figure(figsize=(10, 4.6), dpi=150)
    axes = figure.add_axes((0.08, 0.12, 0.905, 0.66))
    order = np.argsort(wavelength)
    drawn = (
        (check.residual, "as they are", EDGE, FILL, "o"),
        (check.shape, "less one offset of each planet", MARK, None, "s"),
    )
    for values, label, colour, band, marker in drawn:
        finite = values[values.isfinite().all(dim=1)]
        if not len(finite):
            continue
        low, middle, high = (torch.quantile(finite, share, dim=0).numpy()[order] for share in (0.1, 0.5, 0.9))
        if band is not None:
            axes.fill_between(
                wavelength[order], low, high, color=band, alpha=0.6, label=f"{label}: middle 80%"
            )
        else:
            for edge in (low, high):
                axes.plot(wavelength[order], edge, color=colour, linewidth=0.9, linestyle=(0, (4, 2)))
            axes.plot(
                [], [], color=colour, linewidth=0.9, linestyle=(0, (4, 2)), label=f"{label}: middle 80%"
            )
        axes.plot(wavelength[order], middle, color=colour, marker=marker, markersize=3.5, label=label)
    axes.axhline(0, color=FAINT, linewidth=0.8)
    wavelength_axis(axes, wavelength)
    axes.set_ylabel("model less spectrum [1σ noise]")
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9)
    figure.text(0.08, 0.93, title, fontsize=13, weight="bold", color=INK)
    said = textwrap.fill(f"The forward model {check.sentence()}.", LETTERS)
    figure.text(0.08, 0.9, said, fontsize=9, color=INK, va="top", linespacing=1.45)
    return figure


def wavelength_axis(axes: Axes, wavelength: np.ndarray) -> None:
    """Label the horizontal axis with wavelengths, evenly in their logarithm, and draw a grid."""
    axes.set_xscale("log")
    ticks = [tick for tick in (0.5, 0.7, 1, 1.5, 2, 3, 4, 5, 7, 10, 15) if _inside(tick, wavelength)]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("wavelength [µm]")
    axes.grid(color=GRID, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _inside(tick: float, wavelength: np.ndarray) -> bool:
    return float(wavelength.min()) <= tick <= float(wavelength.max())
