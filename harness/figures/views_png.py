"""The panels of a report with matplotlib."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullLocator

from harness.figures.palette import EDGE, FAINT, FILL, GRID, INK, MARK, MATPLOTLIB_DASHES, STYLES
from harness.figures.panels_png import label_decades
from harness.figures.spectrum import WIDE, wavelength_ticks
from harness.figures.views import Bars, Cloud, Curves, Grid, Panel, Words
from harness.figures.wording import mathtext

SMALL = 8.5
COLOURS, SIGNED = "cividis", "PuOr_r"  # colour maps that people with any kind of colour vision read
SHORT = 20  # letters of a label, up to which two of them stand beside each other
LEGEND_ROW, LEGEND_MARGIN = 0.17, 0.15  # inches
MANY = 12  # columns from which their names stand upright


def draw_panel(axes: Axes, panel: Panel) -> None:
    """Draw a panel into its axes."""
    axes.set_title(mathtext(panel.title), fontsize=10, color=INK, loc="left", pad=5)
    if isinstance(panel, Cloud):
        _cloud(axes, panel)
    elif isinstance(panel, Curves):
        _curves(axes, panel)
    elif isinstance(panel, Bars):
        _bars(axes, panel)
    elif isinstance(panel, Grid):
        _grid(axes, panel)
    else:
        _words(axes, panel)


def _cloud(axes: Axes, panel: Cloud) -> None:
    x, y = panel.points
    size = 7 if x.size > 300 else 14
    if panel.grouped and panel.colours is not None:
        for group in np.unique(panel.colours).astype(int).tolist():
            look, inside = STYLES[group % len(STYLES)], panel.colours == group
            axes.scatter(
                x[inside], y[inside], size, color=look.colour, marker=look.marker, linewidth=0, alpha=0.7
            )
    elif panel.colours is None:
        axes.scatter(x, y, size, color=EDGE, linewidth=0, alpha=0.6)
    else:
        drawn = axes.scatter(x, y, size, c=panel.colours, cmap=COLOURS, linewidth=0, alpha=0.85)
        figure = axes.get_figure()
        assert figure is not None
        bar = figure.colorbar(drawn, ax=axes, fraction=0.05, pad=0.02)
        bar.ax.tick_params(labelsize=7.5, color=FAINT, labelcolor=INK)
        bar.outline.set_visible(False)
        bar.solids.set_alpha(1)  # type: ignore[union-attr]
    for name, at, height in panel.named:
        axes.plot(at, height, marker="*", markersize=13, color=MARK, markeredgecolor="white")
        axes.annotate(name, (at, height), (5, 4), textcoords="offset points", fontsize=8, color=MARK)
    if panel.logarithmic:
        axes.set_xscale("log")
        axes.set_yscale("log")
        label_decades(axes)
        label_decades(axes, axis="y")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.yaxis.set_major_locator(MaxNLocator(5))
    _label(axes, panel.x, panel.y)


def _curves(axes: Axes, panel: Curves) -> None:
    for low, high, number, _ in panel.shaded:
        axes.axvspan(low, high, color=STYLES[1 + number % (len(STYLES) - 1)].colour, alpha=0.16, linewidth=0)
    if panel.level is not None:
        axes.axhline(panel.level, color=FAINT, linewidth=0.9)
    for i, line in enumerate(panel.lines):
        look = STYLES[i % len(STYLES)]
        if line.low is not None and line.high is not None:
            axes.fill_between(line.x, line.low, line.high, color=look.colour, alpha=0.18, linewidth=0)
        axes.plot(
            line.x,
            line.y,
            color=look.colour,
            linestyle=MATPLOTLIB_DASHES[look.dash],
            marker=look.marker,
            markersize=3 if line.x.size > 15 else 5,
            linewidth=1.3,
            label=mathtext(line.label) or None,
        )
    if panel.wavelengths:
        _wavelengths(axes, np.concatenate([line.x for line in panel.lines]))
    elif panel.logarithmic:
        axes.set_xscale("log")
        ticks = np.unique(np.concatenate([line.x for line in panel.lines]))
        axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        axes.xaxis.set_minor_locator(NullLocator())
    if panel.decades:
        axes.set_yscale("log")
    handles, labels = axes.get_legend_handles_labels()
    for number, name in dict.fromkeys((number, name) for _, _, number, name in panel.shaded):
        colour = STYLES[1 + number % (len(STYLES) - 1)].colour
        handles.append(Patch(color=colour, alpha=0.3))
        labels.append(f"band of {name}")
    if labels:
        columns = 2 if len(labels) > 3 and max(map(len, labels)) <= SHORT else 1
        axes.legend(
            handles,
            labels,
            frameon=False,
            fontsize=8,
            ncols=columns,
            columnspacing=1.0,
            loc="upper right",
        )
        _make_room(axes, -(-len(labels) // columns), panel.decades)
    _label(axes, panel.x, panel.y)


def _make_room(axes: Axes, rows: int, logarithmic: bool) -> None:
    """Raise the upper end of the y axis, so that so many rows of a legend lie above all lines."""
    share = (LEGEND_ROW * rows + LEGEND_MARGIN) / (axes.get_window_extent().height / axes.figure.dpi)
    low, high = axes.get_ylim()
    reach = share / (1 - share)
    axes.set_ylim(low, high * (high / low) ** reach if logarithmic else high + reach * (high - low))


def _bars(axes: Axes, panel: Bars) -> None:
    places = np.arange(len(panel.names))
    axes.barh(
        places, panel.values, 0.72, xerr=panel.errors, color=FILL, edgecolor=EDGE, linewidth=0.8, ecolor=INK
    )
    axes.axvline(0, color=FAINT, linewidth=0.9)
    axes.set_yticks(places, labels=[mathtext(name) for name in panel.names], fontsize=SMALL)
    axes.set_ylim(len(panel.names) - 0.4, -0.6)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    _label(axes, panel.x, "")
    axes.tick_params(axis="y", length=0)


def _grid(axes: Axes, panel: Grid) -> None:
    finite = panel.values[np.isfinite(panel.values)]
    reach = float(np.abs(finite).max()) if finite.size else 1.0
    least = -reach if panel.signed else 0.0
    drawn = axes.imshow(
        panel.values,
        cmap=SIGNED if panel.signed else COLOURS,
        vmin=least,
        vmax=reach or 1.0,
        aspect="auto",
        interpolation="nearest",
    )
    for row, texts in enumerate(panel.texts):
        for column, text in enumerate(texts):
            value = panel.values[row, column]
            share = abs(value) / reach if reach and np.isfinite(value) else 0.0
            dark = share > 0.65 if panel.signed else share < 0.55
            axes.text(
                column,
                row,
                text,
                ha="center",
                va="center",
                fontsize=7.5,
                color="white" if dark and np.isfinite(value) else INK,
            )
    upright = len(panel.columns) > MANY
    axes.set_xticks(
        range(len(panel.columns)),
        labels=[mathtext(name) for name in panel.columns],
        rotation=90 if upright else 0,
        fontsize=7.5 if upright else SMALL,
    )
    axes.set_yticks(range(len(panel.rows)), labels=[mathtext(name) for name in panel.rows], fontsize=SMALL)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if not panel.texts:
        figure = axes.get_figure()
        assert figure is not None
        bar = figure.colorbar(drawn, ax=axes, fraction=0.02, pad=0.01)
        bar.ax.tick_params(labelsize=7.5)
        bar.outline.set_visible(False)


def _words(axes: Axes, panel: Words) -> None:
    axes.axis("off")
    lengths = [max(len(row[i]) for row in (panel.head, *panel.rows)) + 3 for i in range(len(panel.head))]
    starts = np.cumsum([0, *lengths[:-1]]) / max(sum(lengths), 1)
    height = 1 / (len(panel.rows) + 1)
    for number, row in enumerate((panel.head, *panel.rows)):
        for start, text in zip(starts.tolist(), row, strict=True):
            axes.text(
                start,
                1 - (number + 0.5) * height,
                mathtext(text),
                transform=axes.transAxes,
                fontsize=9,
                va="center",
                color=INK,
                weight="bold" if number == 0 else "normal",
            )


def _wavelengths(axes: Axes, wavelength: np.ndarray) -> None:
    low, high = float(wavelength.min()), float(wavelength.max())
    if low > 0 and high / low > WIDE:
        axes.set_xscale("log")
        ticks = wavelength_ticks(low, high)
        axes.set_xticks(ticks, labels=[f"{tick:g}" for tick in ticks])
        axes.xaxis.set_minor_locator(NullLocator())


def _label(axes: Axes, x: str, y: str) -> None:
    axes.set_xlabel(mathtext(x), fontsize=9.5)
    axes.set_ylabel(mathtext(y), fontsize=9.5)
    axes.tick_params(labelsize=SMALL, color=FAINT, labelcolor=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
