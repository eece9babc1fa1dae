"""The figure of feature importance: one panel for each parameter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.data.arrays import Array
from harness.data.schema import Schema

BAR = "#35618f"
TEXT = "#333333"
TICKS = (0.2, 0.3, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30)  # wavelengths [um]


def draw_importance(
    importance: Array, columns: NDArray[np.int64], names: Sequence[str], schema: Schema
) -> Figure:
    """Bars of importance against wavelength, and beside them those of all other features.

    Arguments:
        importance: of each feature for each parameter (F, P), in fractions.
        columns: the input column behind each feature (F,); channels come first, -1 is none.
        names: of each feature.
        schema: channels with their widths, and parameters.
    """
    channel = (columns >= 0) & (columns < len(schema.wavelength))
    others = np.flatnonzero(~channel)
    parts = [part for part, present in (("spectrum", channel.any()), ("others", len(others))) if present]
    figure = Figure(figsize=(7.5, 1.0 + 1.15 * len(schema.parameters)), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    widths = {"spectrum": 10.0, "others": max(1.0, 0.3 * len(others)) if channel.any() else 10.0}
    grid = figure.subplots(
        len(schema.parameters),
        len(parts),
        squeeze=False,
        sharex="col",
        sharey=True,
        width_ratios=[widths[part] for part in parts],
    )
    for row, parameter in enumerate(schema.parameters):
        for part, axes in zip(parts, grid[row], strict=True):
            if part == "spectrum":
                which = columns[channel]
                axes.bar(
                    np.asarray(schema.wavelength)[which],
                    importance[channel, row],
                    width=0.85 * np.asarray(schema.width)[which],
                    color=BAR,
                )
            else:
                axes.bar(np.arange(len(others)), importance[others, row], width=0.8, color=BAR)
            _clean(axes)
        grid[row][0].set_title(parameter.name, loc="left", size="medium", weight="bold", color=TEXT)
    grid[0][0].set_ylim(0, 1.05 * importance.max() or 1.0)
    for part, axes in zip(parts, grid[-1], strict=True):
        if part == "spectrum":
            axes.set_xlabel("wavelength [µm]")
            _logarithmic_if_wide(axes, schema.wavelength)
        elif len(others) <= 20:
            labels = [names[i] for i in others.tolist()]
            axes.set_xticks(np.arange(len(others)), labels, rotation=60, ha="right")
        else:
            axes.set_xlabel("feature number")
    figure.supylabel("importance", color=TEXT, size="medium")
    return figure


def _logarithmic_if_wide(axes: Axes, wavelength: Sequence[float]) -> None:
    """Spread out the narrow channels at short wavelengths where the range is wide."""
    if max(wavelength) < 4 * min(wavelength):
        return
    axes.set_xscale("log")
    ticks = [tick for tick in TICKS if min(wavelength) <= tick <= max(wavelength)]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()


def _clean(axes: Axes) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize="small", colors=TEXT)
