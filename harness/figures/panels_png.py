"""The panels of a population with matplotlib."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullFormatter

from harness.figures.log_ticks import log_ticks
from harness.figures.palette import EDGE, FAINT, FILL, GRID, INK, MARK, MATPLOTLIB_DASHES, Style
from harness.figures.panels import Channels, Correlations, Distribution, Scatter
from harness.figures.spectrum import WIDE, wavelength_ticks
from harness.figures.wording import mathtext

SMALL = 8.5


def draw_distribution(upper: Axes, lower: Axes, panel: Distribution, looks: dict[str, Style]) -> None:
    """A histogram, and below it a bar for each group: its central 90% thin, 50% thick, the median
    as a marker; of a group of few planets, a marker for each."""
    upper.stairs(panel.filled, panel.edges, fill=True, facecolor=FILL)
    upper.stairs(panel.filled, panel.edges, color=EDGE, linewidth=0.8)
    if panel.outlined is not None:
        upper.stairs(panel.outlined, panel.edges, color=INK, linewidth=1.2)
    upper.set_ylim(bottom=0)
    upper.set_ylabel("planets [%]", fontsize=SMALL)
    upper.yaxis.set_major_locator(MaxNLocator(4))
    for i, (name, row) in enumerate(panel.rows.items()):
        if row is None:
            lower.text(
                0.5,
                i,
                "not known",
                transform=lower.get_yaxis_transform(),
                ha="center",
                va="center",
                fontsize=7,
                color=FAINT,
            )
            continue
        look = looks[name]
        at = row.values
        if not row.few:
            lower.plot(at[[0, 4]], [i, i], color=look.colour, linewidth=1)
            lower.plot(at[[1, 3]], [i, i], color=look.colour, linewidth=3.4, solid_capstyle="butt")
            at = at[2:3]
        lower.plot(
            at,
            np.full(len(at), i),
            linestyle="none",
            color=look.colour,
            marker=look.marker,
            markersize=7,
            markeredgecolor="white",
            markeredgewidth=0.7,
        )
    lower.set_ylim(len(panel.rows) - 0.4, -0.6)
    lower.set_yticks(range(len(panel.rows)), labels=list(panel.rows), fontsize=7.5)
    lower.tick_params(axis="y", length=0)
    low, high = float(panel.edges[0]), float(panel.edges[-1])
    for axes in (upper, lower):
        if panel.logarithmic:
            axes.set_xscale("log")
        _limit(axes, low, high, panel.logarithmic)
        if panel.marked is not None:
            axes.axvline(panel.marked, color=MARK, linewidth=1.6)
        _tidy(axes)
    upper.tick_params(axis="x", which="both", labelbottom=False, bottom=False)
    if panel.logarithmic:
        label_decades(lower)
    else:
        lower.xaxis.set_major_locator(MaxNLocator(6))
    lower.set_xlabel(mathtext(str(panel.quantity)), fontsize=10)
    upper.set_title(panel.remark, fontsize=SMALL, color=INK, loc="right", pad=3)


def draw_channels(axes: Axes, panel: Channels, looks: dict[str, Style]) -> None:
    """Bands of the reference planets and the median of each group against wavelength."""
    axes.fill_between(panel.wavelength, panel.band[0], panel.band[4], color=FILL, alpha=0.5, linewidth=0)
    axes.fill_between(panel.wavelength, panel.band[1], panel.band[3], color=FILL, linewidth=0)
    for name, median in panel.medians.items():
        axes.plot(
            panel.wavelength,
            median,
            color=looks[name].colour,
            linestyle=MATPLOTLIB_DASHES[looks[name].dash],
            linewidth=1.4,
        )
    if panel.marked is not None:
        axes.plot(panel.wavelength, panel.marked, color=MARK, linewidth=1.8)
    low, high = float(panel.wavelength.min()), float(panel.wavelength.max())
    if high / low > WIDE:
        axes.set_xscale("log")
        ticks = [tick for tick in wavelength_ticks(low, high) if tick in (0.5, 1, 2, 3, 5, 10, 20)]
        axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)
    if panel.logarithmic:
        axes.set_yscale("log")
        label_decades(axes, axis="y")
    axes.set_xlabel("wavelength [µm]", fontsize=10)
    axes.set_ylabel(str(panel.quantity), fontsize=9.5)
    _tidy(axes)


def draw_scatter(axes: Axes, panel: Scatter, looks: dict[str, Style]) -> None:
    """A marker for each planet."""
    n = sum(points.shape[1] for points in panel.points.values())
    for name, points in panel.points.items():
        axes.plot(
            *points,
            linestyle="none",
            marker=looks[name].marker,
            markersize=2.6 if n > 400 else 4,
            color=looks[name].colour,
            alpha=0.5 if points.shape[1] > 200 else 0.9,
            markeredgewidth=0,
        )
    if panel.logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
        label_decades(axes)
        label_decades(axes, axis="y")
    if panel.diagonal:
        together = np.concatenate(list(panel.points.values()), axis=1)
        ends = [float(together.min()), float(together.max())]
        axes.plot(ends, ends, color=INK, linewidth=0.9, linestyle="--")
    if panel.marked is not None:
        axes.plot(*panel.marked, marker="*", markersize=15, color=MARK, markeredgecolor="white")
    axes.set_xlabel(mathtext(str(panel.x)), fontsize=10)
    axes.set_ylabel(mathtext(str(panel.y)), fontsize=9.5)
    axes.set_title(panel.remark, fontsize=SMALL, color=INK, loc="right", pad=3)
    _tidy(axes)


def draw_correlations(axes: Axes, panel: Correlations) -> None:
    """The lower triangle of a matrix, coloured, with the numbers that are not small."""
    n = len(panel.names)
    shown = np.where(np.tri(n, k=-1, dtype=bool), panel.values, np.nan)[1:, :-1]
    axes.imshow(shown, cmap="PuOr_r", vmin=-1, vmax=1, aspect="equal")
    rows, columns = np.tril_indices(n - 1)
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        value = shown[row, column]
        axes.text(
            column,
            row,
            f"{round(value, 2) + 0:.2f}".replace("-", "−"),
            ha="center",
            va="center",
            fontsize=7.5,
            color="white" if abs(value) > 0.65 else INK if abs(value) >= 0.1 else FAINT,
        )
    axes.set_xticks(range(n - 1), labels=panel.names[:-1], rotation=40, ha="right", fontsize=9)
    axes.set_yticks(range(n - 1), labels=panel.names[1:], fontsize=9)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _limit(axes: Axes, low: float, high: float, logarithmic: bool) -> None:
    if logarithmic:
        margin = (high / low) ** 0.03
        axes.set_xlim(low / margin, high * margin)
    else:
        axes.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low))


def label_decades(axes: Axes, axis: str = "x") -> None:
    """Plain numbers on a logarithmic axis."""
    of_axis = axes.xaxis if axis == "x" else axes.yaxis
    ticks = log_ticks(*(axes.get_xlim() if axis == "x" else axes.get_ylim()))
    of_axis.set_ticks(ticks, labels=[f"{tick:g}" for tick in ticks])
    of_axis.set_minor_formatter(NullFormatter())


def _tidy(axes: Axes) -> None:
    axes.tick_params(labelsize=SMALL, color=FAINT, labelcolor=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
