"""The panels of a report with plotly."""

from __future__ import annotations

from typing import Any

import numpy as np

from harness.data.arrays import Array
from harness.figures.log_ticks import log_ticks
from harness.figures.palette import EDGE, FAINT, FILL, MARK, STYLES
from harness.figures.plotly_parts import Document, PlotlyFigure, axis, faded, layout, numbers
from harness.figures.spectrum import WIDE, wavelength_ticks
from harness.figures.views import Bars, Cloud, Curves, Grid
from harness.figures.wording import markup

MARGIN = {"l": 58, "r": 10, "t": 30, "b": 46}
CLOUD, CURVES, ROW = 290, 380, 24  # px
SIGNED = [[0, "#5e3c99"], [0.25, "#b2abd2"], [0.5, "#f7f7f7"], [0.75, "#fdb863"], [1, "#e66101"]]


def panel_figure(panel: Cloud | Curves | Bars | Grid) -> PlotlyFigure:
    """The figure of a panel."""
    if isinstance(panel, Cloud):
        return _cloud(panel)
    if isinstance(panel, Curves):
        return _curves(panel)
    return _bars(panel) if isinstance(panel, Bars) else _grid(panel)


def _cloud(panel: Cloud) -> PlotlyFigure:
    x, y = panel.points
    data: list[Document] = []
    if panel.grouped and panel.colours is not None:
        for group in np.unique(panel.colours).astype(int).tolist():
            look, inside = STYLES[group % len(STYLES)], panel.colours == group
            marker = {"size": 4, "color": look.colour, "symbol": look.symbol, "opacity": 0.7}
            data.append(_points(x[inside], y[inside], marker, f"group {group + 1}"))
    else:
        marker = {"size": 4, "color": EDGE, "opacity": 0.7}
        if panel.colours is not None:
            bar = {"thickness": 8, "len": 1, "outlinewidth": 0, "tickfont": {"size": 10}}
            marker |= {"color": numbers(panel.colours), "colorscale": "Cividis", "colorbar": bar}
        data.append(_points(x, y, marker, f"{markup(panel.colour)} %{{marker.color:.4g}}"))
    for name, at, height in panel.named:
        star = {"size": 13, "color": MARK, "symbol": "star", "line": {"width": 1, "color": "white"}}
        data.append(_points(np.array([at]), np.array([height]), star, name))
    page = layout(
        MARGIN,
        xaxis=axis(markup(panel.x), **_of_cloud(panel, x)),
        yaxis=axis(markup(panel.y), **_of_cloud(panel, y)),
        annotations=[_title(panel.title)],
        hovermode="closest",
        dragmode=False,
    )
    return PlotlyFigure(data, page, CLOUD, f"{panel.title}: {panel.y} against {panel.x}")


def _curves(panel: Curves) -> PlotlyFigure:
    data: list[Document] = []
    for i, line in enumerate(panel.lines):
        look = STYLES[i % len(STYLES)]
        if line.low is not None and line.high is not None:
            around = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False}
            nothing = {"width": 0, "color": look.colour}
            data.append({**around, "x": numbers(line.x), "y": numbers(line.low), "line": nothing})
            fill = {"fill": "tonexty", "fillcolor": faded(look.colour, 0.18)}
            data.append({**around, **fill, "x": numbers(line.x), "y": numbers(line.high), "line": nothing})
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": numbers(line.x),
                "y": numbers(line.y),
                "name": markup(line.label),
                "showlegend": bool(line.label),
                "line": {"color": look.colour, "dash": look.dash, "width": 1.6},
                "marker": {"symbol": look.symbol, "size": 4 if line.x.size > 15 else 7},
                "hovertemplate": "%{x:.4g}: %{y:.4g}",
            }
        )
    scale = _scale(panel, np.concatenate([line.x for line in panel.lines]))
    for number, name in dict.fromkeys((number, name) for _, _, number, name in panel.shaded):
        square = {"color": faded(_band(number), 0.4), "symbol": "square", "size": 11}
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [None],
                "y": [None],
                "marker": square,
                "name": f"band of {name}",
                "showlegend": True,
            }
        )
    page = layout(
        MARGIN,
        xaxis=axis(markup(panel.x), **scale),
        yaxis=axis(markup(panel.y), **({"type": "log"} if panel.decades else {})),
        annotations=[_title(panel.title)],
        shapes=[*(_shade(low, high, number) for low, high, number, _ in panel.shaded), *_level(panel)],
        hovermode="closest",
    )
    page |= {"showlegend": True, "legend": {"font": {"size": 11}, "bgcolor": "rgba(255,255,255,0.7)"}}
    if not panel.wavelengths:
        return PlotlyFigure(data, page, CLOUD, panel.title)
    return PlotlyFigure(data, page, CURVES, panel.title, least_width=480)


def _bars(panel: Bars) -> PlotlyFigure:
    bars: Document = {
        "type": "bar",
        "orientation": "h",
        "x": numbers(panel.values),
        "y": [markup(name) for name in panel.names],
        "marker": {"color": FILL, "line": {"color": EDGE, "width": 1}},
        "hovertemplate": "%{y}: %{x:.4g}<extra></extra>",
    }
    if panel.errors is not None:
        bars["error_x"] = {"type": "data", "array": numbers(panel.errors), "thickness": 1, "width": 3}
    room = 20 + 7 * max(len(name) for name in panel.names)
    page = layout(
        {**MARGIN, "l": room},
        xaxis=axis(markup(panel.x), nticks=6),
        yaxis=axis(autorange="reversed", ticks="", type="category", dtick=1),
        annotations=[_title(panel.title)],
        dragmode=False,
        bargap=0.3,
    )
    return PlotlyFigure([bars], page, 80 + max(ROW * len(panel.names), 120), panel.title)


def _grid(panel: Grid) -> PlotlyFigure:
    finite = panel.values[np.isfinite(panel.values)]
    reach = float(np.abs(finite).max()) if finite.size and np.abs(finite).max() > 0 else 1.0
    heat: Document = {
        "type": "heatmap",
        # names of channels may be equal as text, and equal names would be one column
        "x": list(range(len(panel.columns))),
        "y": list(range(len(panel.rows))),
        "z": [numbers(row) for row in panel.values],
        "colorscale": SIGNED if panel.signed else "Cividis",
        "zmin": -reach if panel.signed else 0,
        "zmax": reach,
        "showscale": not panel.texts,
        "hoverongaps": False,
        "customdata": [[f"{row}, {column}" for column in panel.columns] for row in panel.rows],
        "hovertemplate": "%{customdata}: %{z:.3g}<extra></extra>",
    }
    if panel.texts:
        texts = [list(row) for row in panel.texts]
        heat |= {"text": texts, "texttemplate": "%{text}", "textfont": {"size": 11}}
    else:
        heat["colorbar"] = {"thickness": 10, "outlinewidth": 0}
    plain: dict[str, Any] = {"ticks": "", "showline": False, "showgrid": False}
    many = len(panel.columns) > 12
    page = layout(
        {**MARGIN, "l": 20 + 7 * max(len(name) for name in panel.rows), "b": 70 if many else 46},
        xaxis=axis(
            tickvals=list(range(len(panel.columns))),
            ticktext=[markup(name) for name in panel.columns],
            tickangle=-90 if many else 0,
            tickfont={"size": 9.5 if many else 12},
            **plain,
        ),
        yaxis=axis(
            autorange="reversed",
            tickvals=list(range(len(panel.rows))),
            ticktext=[markup(name) for name in panel.rows],
            **plain,
        ),
        annotations=[_title(panel.title)],
        dragmode=False,
    )
    height = 100 + ROW * len(panel.rows) + (40 if many else 0)
    return PlotlyFigure([heat], page, height, panel.title, least_width=150 + 46 * min(len(panel.columns), 20))


def _points(x: Array, y: Array, marker: Document, hover: str) -> Document:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": numbers(x),
        "y": numbers(y),
        "marker": marker,
        "hovertemplate": f"{hover}<br>%{{x:.4g}}, %{{y:.4g}}<extra></extra>",
    }


def _of_cloud(panel: Cloud, values: Array) -> Document:
    if not panel.logarithmic:
        return {"nticks": 6}
    ticks = log_ticks(float(values.min()), float(values.max()))
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def _scale(panel: Curves, x: Array) -> Document:
    low, high = float(x.min()), float(x.max())
    if panel.wavelengths:
        if low <= 0 or high / low <= WIDE:
            return {}
        ticks = wavelength_ticks(low, high)
        return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
    if panel.logarithmic:
        ticks = np.unique(x).tolist()
        return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
    return {}


def _band(number: int) -> str:
    return STYLES[1 + number % (len(STYLES) - 1)].colour


def _shade(low: float, high: float, number: int) -> Document:
    ends = {"x0": low, "x1": high, "y0": 0, "y1": 1, "xref": "x", "yref": "paper"}
    return {
        "type": "rect",
        "layer": "below",
        "line": {"width": 0},
        "fillcolor": faded(_band(number), 0.16),
        **ends,
    }


def _level(panel: Curves) -> list[Document]:
    if panel.level is None:
        return []
    place = {"xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": panel.level, "y1": panel.level}
    return [{"type": "line", "line": {"color": FAINT, "width": 1}, **place}]


def _title(text: str) -> Document:
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "xanchor": "left", "yanchor": "bottom"}
    return {"text": f"<b>{markup(text)}</b>", "showarrow": False, "font": {"size": 12}, **place}
