"""The corner plot of a trace with plotly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.data.arrays import Array
from harness.data.intervals import Interval
from harness.figures.palette import FAINT, INK, MARK, REGION_68, REGION_95, RULER
from harness.figures.planet import Trace
from harness.figures.plotly_parts import Document, PlotlyFigure, axis, layout, numbers
from harness.figures.posterior_density import axis_range, density, marginal
from harness.figures.wording import Quantity, markup, of_parameter

PANEL, GAP, LEAST_WIDTH = 132, 0.008, 860  # px, share of the figure, px


def corner_plotly(trace: Trace, truth: Sequence[float] | None, name: str) -> PlotlyFigure:
    """Marginals of each parameter and each pair, as `harness.figures.corner_plot` draws them.

    Arguments:
        trace: weighted samples.
        truth: the parameters that made the spectrum (P,), marked in every panel, or None.
        name: of the planet.
    """
    used = trace.weights > 0
    values, mass = trace.samples[used].double().numpy(), trace.weights[used].double().numpy()
    intervals = trace.intervals
    ends = [
        axis_range(values[:, i], mass, interval.parameter, None if truth is None else truth[i])
        for i, interval in enumerate(intervals)
    ]
    quantities = [of_parameter(interval.parameter) for interval in intervals]
    n = len(intervals)
    data: list[Document] = []
    shapes: list[Document] = []
    titles: list[Document] = []
    axes: Document = {}
    for row in range(n):
        for column in range(row + 1):
            place = row * n + column + 1
            x, y = _name("x", place), _name("y", place)
            axes[_name("xaxis", place)], axes[_name("yaxis", place)] = _axes(row, column, quantities, ends)
            if row == column:
                data.append(_marginal(values[:, row], mass, ends[row], quantities[row], (x, y)))
                shapes += _rulers(intervals[row], x, y)
                titles.append(_title(intervals[row], x, y))
            else:
                data += _regions(
                    values[:, column],
                    values[:, row],
                    mass,
                    (ends[column], ends[row]),
                    quantities,
                    row,
                    column,
                    (x, y),
                )
            if truth is not None:
                shapes += _marks(truth, row, column, x, y)
                if row != column:
                    data.append(_square(truth[column], truth[row], (x, y)))
    page = layout({"l": 70, "r": 10, "t": 46, "b": 60}, **axes, shapes=shapes, annotations=titles)
    page["font"] = page["font"] | {"size": 10.5}
    return PlotlyFigure(
        data, page, 106 + PANEL * n, f"Corner plot of the trace of {name}", LEAST_WIDTH * n // 7
    )


def _axes(
    row: int, column: int, quantities: Sequence[Quantity], ends: Sequence[tuple[float, float]]
) -> tuple[Document, Document]:
    n = len(quantities)
    share = 1 / n
    place = row * n + column + 1

    def label(i: int) -> str:
        quantity = quantities[i]
        return markup(f"{quantity.name}<br>[{quantity.unit}]" if quantity.unit else quantity.name)

    frame = {
        "mirror": True,
        "showgrid": False,
        "nticks": 5,
        "ticklen": 3,
        "tickangle": 0,
        "automargin": False,
    }
    bottom, left = row == n - 1, column == 0 and row > 0
    x = axis(
        label(column) if bottom else "",
        domain=[column * share + GAP, (column + 1) * share - GAP],
        anchor=_name("y", place),
        range=list(ends[column]),
        showticklabels=bottom,
        **frame,
    )
    y = axis(
        label(row) if left else "",
        domain=[1 - (row + 1) * share + GAP, 1 - row * share - GAP],
        anchor=_name("x", place),
        showticklabels=left,
        **frame,
    )
    if not bottom:  # panels of one column are zoomed together, as those of one row are
        x["matches"] = _name("x", (n - 1) * n + column + 1)
    if row == column:
        y |= {"rangemode": "tozero", "ticks": "", "showticklabels": False}
    else:
        y["range"] = list(ends[row])
        if column:
            y["matches"] = _name("y", row * n + 1)
    return x, y


def _name(axis: str, place: int) -> str:
    """Plotly's name of the axis of a panel; the first one's has no number."""
    return axis if place == 1 else f"{axis}{place}"


def _marginal(
    values: Array, mass: Array, ends: tuple[float, float], quantity: Quantity, where: tuple[str, str]
) -> Document:
    edges, counts = marginal(values, mass, ends)
    return {
        "type": "scatter",
        "mode": "lines",
        "x": numbers(np.concatenate([edges[:1], edges])),
        "y": numbers(np.concatenate([[0.0], counts, [0.0]]) / max(counts.max(), 1e-300)),
        "line": {"shape": "hv", "color": RULER, "width": 1},
        "fill": "tozeroy",
        "fillcolor": REGION_95,
        "xaxis": where[0],
        "yaxis": where[1],
        "hovertemplate": f"{markup(quantity.name)} = %{{x:.4g}}<extra></extra>",
    }


def _regions(
    x: Array,
    y: Array,
    mass: Array,
    ends: tuple[tuple[float, float], tuple[float, float]],
    quantities: Sequence[Quantity],
    row: int,
    column: int,
    where: tuple[str, str],
) -> list[Document]:
    """The regions that hold 95% and 68%: the density is put on a scale on which their edges are 1 and 2."""
    found = density(x, y, mass, ends)
    outer, inner = found.levels
    top = max(float(found.values.max()), inner * (1 + 1e-9))
    steps, scale = [0.0, outer, inner, top], [0.0, 1.0, 2.0, 3.0]
    if not 0 < outer < inner:
        steps, scale = [0.0, inner, top], [0.0, 2.0, 3.0]
    names = f"{quantities[column].name} = %{{x:.4g}}<br>{quantities[row].name} = %{{y:.4g}}"
    return [
        {
            "type": "contour",
            "x": numbers(found.x),
            "y": numbers(found.y),
            "z": [numbers(line) for line in np.interp(found.values.T, steps, scale)],
            "zmin": 0.5,
            "zmax": 2.5,
            "zauto": False,
            "autocontour": False,
            "contours": {"start": 1, "end": 2, "size": 1, "coloring": "fill"},
            "colorscale": [[0, "rgba(255,255,255,0)"], [0.5, REGION_95], [1, REGION_68]],
            "line": {"color": RULER, "width": 1, "smoothing": 0.8},
            "showscale": False,
            "xaxis": where[0],
            "yaxis": where[1],
            "hovertemplate": markup(names) + "<extra></extra>",
        }
    ]


def _rulers(interval: Interval, x: str, y: str) -> list[Document]:
    dashes = ((interval.lower, "dot"), (interval.median, "dash"), (interval.upper, "dot"))
    return [_line(x, f"{y} domain", value, 0, value, 1, INK, dash, 1) for value, dash in dashes]


def _marks(truth: Sequence[float], row: int, column: int, x: str, y: str) -> list[Document]:
    upright = _line(x, f"{y} domain", truth[column], 0, truth[column], 1, MARK, "solid", 1.3)
    if row == column:
        return [upright]
    return [upright, _line(f"{x} domain", y, 0, truth[row], 1, truth[row], MARK, "solid", 1.3)]


def _line(
    x: str, y: str, x0: float, y0: float, x1: float, y1: float, colour: str, dash: str, width: float
) -> Document:
    line = {"color": colour, "width": width, "dash": dash}
    return {"type": "line", "xref": x, "yref": y, "x0": x0, "y0": y0, "x1": x1, "y1": y1, "line": line}


def _square(x: float, y: float, where: tuple[str, str]) -> Document:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x],
        "y": [y],
        "xaxis": where[0],
        "yaxis": where[1],
        "marker": {"symbol": "square", "size": 6, "color": MARK},
        "hovertemplate": "truth: %{x:.4g}, %{y:.4g}<extra></extra>",
    }


def _title(interval: Interval, x: str, y: str) -> Document:
    median, minus, plus = interval.texts()
    quantity = of_parameter(interval.parameter)
    text = f"{quantity.name}<br>{median} <span style='color:{FAINT}'>−{minus} +{plus}</span>".replace(
        "-", "−"
    )
    return {
        "text": markup(text),
        "xref": f"{x} domain",
        "yref": f"{y} domain",
        "x": 0.5,
        "y": 1.02,
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 10.5},
    }
