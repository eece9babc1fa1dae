"""The corner plot of one planet's posterior."""

from __future__ import annotations

from collections.abc import Sequence

import corner
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from torch import Tensor

from harness.data.arrays import Array
from harness.data.intervals import Interval
from harness.data.schema import Parameter
from harness.figures.palette import FAINT, MARK, REGION_68, REGION_95
from harness.figures.palette import INK as TEXT
from harness.figures.palette import RULER as COLOR
from harness.figures.posterior_density import BINS, LEVELS, SMOOTHING, axis_range
from harness.figures.wording import mathtext, of_parameter

PANEL, LEFT, BOTTOM, RIGHT, TOP = 1.75, 0.95, 0.85, 0.2, 0.65  # inches


def corner_plot(
    samples: Tensor,
    weights: Tensor,
    intervals: Sequence[Interval],
    title: str,
    truth: Sequence[float] | None = None,
) -> Figure:
    """Marginals of each parameter and each pair, weights honoured, with 68% and 95% regions.

    An axis spans the prior, or the part of it that the posterior fills where that is less than half.

    Arguments:
        samples: one planet's posterior (n, P), in the parameters' units.
        weights: (n,).
        intervals: median and 68% interval of each parameter, drawn as lines and printed above.
        title: printed at the top right.
        truth: the parameters that made the spectrum (P,), marked in every panel and always on the axes.
    """
    used = (weights > 0).cpu()
    values, mass = _enough_rows(samples.cpu()[used].double().numpy(), weights.cpu()[used].double().numpy())
    parameters = [interval.parameter for interval in intervals]
    size = PANEL * len(parameters)
    width, height = LEFT + size + RIGHT, BOTTOM + size + TOP
    figure = Figure(figsize=(width, height), dpi=130)
    FigureCanvasAgg(figure)
    corner.corner(
        values,
        weights=mass,
        range=[
            axis_range(values[:, i], mass, parameter, None if truth is None else truth[i])
            for i, parameter in enumerate(parameters)
        ],
        bins=BINS,
        smooth=SMOOTHING,
        levels=LEVELS,
        color=COLOR,
        fig=figure,
        labels=[_label(parameter) for parameter in parameters],
        label_kwargs={"color": TEXT, "fontsize": 10},
        max_n_ticks=4,
        plot_datapoints=False,
        plot_density=False,
        fill_contours=True,
        quiet=True,
        contour_kwargs={"linewidths": 0.8},
        contourf_kwargs={"colors": ["white", REGION_95, REGION_68], "antialiased": True},
        hist_kwargs={"histtype": "stepfilled", "facecolor": REGION_95, "edgecolor": COLOR},
    )
    panels = np.asarray(figure.axes).reshape(len(parameters), len(parameters))
    figure.subplots_adjust(
        LEFT / width, BOTTOM / height, 1 - RIGHT / width, 1 - TOP / height, wspace=0.08, hspace=0.08
    )
    for i, interval in enumerate(intervals):
        _show_interval(panels[i, i], interval)
        panels[-1, i].xaxis.set_label_coords(0.5, -0.26)
        panels[i, 0].yaxis.set_label_coords(-0.27, 0.5)
    if truth is not None:
        _mark(panels, truth)
    _set_ticks(panels)
    _write_title(figure, title, single=len(parameters) == 1, truth=truth is not None)
    return figure


def _set_ticks(panels: NDArray[np.object_]) -> None:
    for axes in panels[np.tril_indices(len(panels))]:
        axes.xaxis.set_major_locator(MaxNLocator(4, prune="both"))  # labels of neighbours keep apart
        if axes not in panels.diagonal():
            axes.yaxis.set_major_locator(MaxNLocator(4, prune="both"))
        axes.tick_params(labelsize=8, labelcolor=TEXT, color=FAINT, length=2.5, labelrotation=0)
        for spine in axes.spines.values():
            spine.set_color(FAINT)


def _enough_rows(values: Array, mass: Array) -> tuple[Array, Array]:
    """At least as many rows as parameters, which corner insists on; repeating all changes nothing."""
    times = -(-values.shape[1] // len(values))
    return np.tile(values, (times, 1)), np.tile(mass, times)


def _label(parameter: Parameter) -> str:
    quantity = of_parameter(parameter)
    return mathtext(f"{quantity.name}\n[{quantity.unit}]") if quantity.unit else quantity.name


def _mark(panels: NDArray[np.object_], truth: Sequence[float]) -> None:
    """A line at each parameter's true value, and a square where two of them cross."""
    for i, value in enumerate(truth):
        for row in range(i, len(truth)):
            panels[row, i].axvline(value, color=MARK, linewidth=1.2)
        for column in range(i):
            panels[i, column].axhline(value, color=MARK, linewidth=1.2)
            panels[i, column].plot(truth[column], value, marker="s", markersize=5, color=MARK)


def _show_interval(axes: Axes, interval: Interval) -> None:
    for value, style in ((interval.lower, ":"), (interval.median, "--"), (interval.upper, ":")):
        axes.axvline(value, color=TEXT, linewidth=0.9, linestyle=style)
    median, minus, plus = interval.texts()
    name = of_parameter(interval.parameter).name
    axes.set_title(
        f"{name}\n${median}_{{-{minus}}}^{{+{plus}}}$", color=TEXT, fontsize=10.5, pad=5, linespacing=1.3
    )


def _write_title(figure: Figure, title: str, *, single: bool, truth: bool) -> None:
    explained = "lines: median and central 68% interval\nshades: regions that hold 68% and 95%"
    if single:
        figure.suptitle(title, color=TEXT, fontsize=11, weight="bold")
        return
    figure.text(0.97, 0.97, title, ha="right", va="top", color=TEXT, fontsize=14, weight="bold")
    below = 0.97 - 0.35 / figure.get_figheight()
    figure.text(0.97, below, explained, ha="right", va="top", color=TEXT, fontsize=9, linespacing=1.5)
    if truth:
        further = below - 0.4 / figure.get_figheight()
        marked = "magenta lines and squares: the parameters behind the spectrum"
        figure.text(0.97, further, marked, ha="right", va="top", color=MARK, fontsize=9)
