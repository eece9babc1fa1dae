"""The corner plot of one planet's posterior."""

from __future__ import annotations

from collections.abc import Sequence

import corner
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from harness.intervals import Interval
from harness.schema import Parameter

Array = NDArray[np.float64]

COLOR = "#35618f"
TEXT = "#333333"
LEVELS = (0.6827, 0.9545)
BINS = 20
SMOOTHING = 1.3  # bins
PANEL, LEFT, BOTTOM, RIGHT, TOP = 1.75, 0.95, 0.85, 0.2, 0.65  # inches


def corner_plot(samples: Tensor, weights: Tensor, intervals: Sequence[Interval], title: str) -> Figure:
    """Marginals of each parameter and each pair, weights honoured, with 68% and 95% regions.

    An axis spans the prior, or the part of it that the posterior fills where that is less than half.

    Arguments:
        samples: one planet's posterior (n, P), in the parameters' units.
        weights: (n,).
        intervals: median and 68% interval of each parameter, drawn as lines and printed above.
        title: printed at the top right.
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
        range=[_range(values[:, i], mass, parameter) for i, parameter in enumerate(parameters)],
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
        contourf_kwargs={"colors": ["white", "#bfd0e2", "#7f9fc0"], "antialiased": True},
        hist_kwargs={"histtype": "stepfilled", "facecolor": "#bfd0e2", "edgecolor": COLOR},
    )
    panels = np.asarray(figure.axes).reshape(len(parameters), len(parameters))
    figure.subplots_adjust(
        LEFT / width, BOTTOM / height, 1 - RIGHT / width, 1 - TOP / height, wspace=0.08, hspace=0.08
    )
    for i, interval in enumerate(intervals):
        _show_interval(panels[i, i], interval)
        panels[-1, i].xaxis.set_label_coords(0.5, -0.26)
        panels[i, 0].yaxis.set_label_coords(-0.27, 0.5)
    for axes in panels[np.tril_indices(len(parameters))]:
        axes.tick_params(labelsize=8, labelcolor=TEXT, color="#999999", length=2.5, labelrotation=0)
        for spine in axes.spines.values():
            spine.set_color("#999999")
    _write_title(figure, title, single=len(parameters) == 1)
    return figure


def _enough_rows(values: Array, mass: Array) -> tuple[Array, Array]:
    """At least as many rows as parameters, which corner insists on; repeating all changes nothing."""
    times = -(-values.shape[1] // len(values))
    return np.tile(values, (times, 1)), np.tile(mass, times)


def _range(values: Array, mass: Array, parameter: Parameter) -> tuple[float, float]:
    order = values.argsort()
    cumulative = mass[order].cumsum() / mass.sum()
    at = np.searchsorted(cumulative, (0.002, 0.998)).clip(max=len(order) - 1)
    low, high = values[order[at]].tolist()
    width = parameter.upper - parameter.lower
    if high - low > 0.5 * width:
        return parameter.lower, parameter.upper
    margin = max(0.2 * (high - low), 0.01 * width)  # so that one value alone has an axis too
    return max(parameter.lower, low - margin), min(parameter.upper, high + margin)


def _label(parameter: Parameter) -> str:
    name = parameter.name.replace("_", " ")
    return f"{name}\n[{parameter.unit}]" if parameter.unit else name


def _show_interval(axes: Axes, interval: Interval) -> None:
    for value, style in ((interval.lower, ":"), (interval.median, "--"), (interval.upper, ":")):
        axes.axvline(value, color=TEXT, linewidth=0.9, linestyle=style)
    median, minus, plus = interval.texts()
    name = interval.parameter.name.replace("_", " ")
    axes.set_title(
        f"{name}\n${median}_{{-{minus}}}^{{+{plus}}}$", color=TEXT, fontsize=10.5, pad=5, linespacing=1.3
    )


def _write_title(figure: Figure, title: str, *, single: bool) -> None:
    explained = "lines: median and central 68% interval\nshades: regions that hold 68% and 95%"
    if single:
        figure.suptitle(title, color=TEXT, fontsize=11, weight="bold")
        return
    figure.text(0.97, 0.97, title, ha="right", va="top", color=TEXT, fontsize=14, weight="bold")
    below = 0.97 - 0.35 / figure.get_figheight()
    figure.text(0.97, below, explained, ha="right", va="top", color=TEXT, fontsize=9, linespacing=1.5)
