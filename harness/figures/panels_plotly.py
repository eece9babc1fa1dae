"""The panels of a population with plotly."""

from __future__ import annotations

import math

import numpy as np

from harness.data.arrays import Array
from harness.figures.log_ticks import log_ticks
from harness.figures.palette import EDGE, FAINT, FILL, INK, MARK, Style
from harness.figures.panels import Channels, Correlations, Distribution, Panel, Scatter
from harness.figures.plotly_parts import Document, PlotlyFigure, axis, faded, layout, numbers
from harness.figures.spectrum import WIDE, wavelength_ticks
from harness.figures.wording import Quantity, markup

HISTOGRAM, ROW, MARGINS = 130, 17, 74  # px: what is above the bars, one bar, and around
HEIGHT, CELL = 280, 30  # px: of other panels, and of one correlation

MARGIN = {"l": 54, "r": 8, "t": 24, "b": 44}


def panel_plotly(panel: Panel, looks: dict[str, Style]) -> PlotlyFigure:
    """The figure of a panel; `looks` are the styles of the groups."""
    if isinstance(panel, Distribution):
        return _distribution(panel, looks)
    if isinstance(panel, Channels):
        return _channels(panel, looks)
    if isinstance(panel, Scatter):
        return _scatter(panel, looks)
    return _correlations(panel)


def _distribution(panel: Distribution, looks: dict[str, Style]) -> PlotlyFigure:
    unit = markup(panel.quantity.unit)
    data = [_stairs(panel.edges, panel.filled, EDGE, FILL, unit)]
    if panel.outlined is not None:
        data.append(_stairs(panel.edges, panel.outlined, INK, None, unit))
    bars = ROW * len(panel.rows) + 4
    share = bars / (bars + HISTOGRAM)
    for i, (name, row) in enumerate(panel.rows.items()):
        look = looks[name]
        if row is None:
            continue
        at = row.values
        if not row.few:
            for first, last, width in ((0, 4, 1.2), (1, 3, 4.5)):
                data.append(_bar(at[[first, last]], i, look.colour, width))
            at = at[2:3]
        kind = "" if row.few else "median "
        data.append(
            _markers(at, np.full(len(at), i), look, 9)
            | {
                "yaxis": "y2",
                "hovertemplate": f"{name}: {kind}%{{x:.4g}} {unit}<extra></extra>",
            }
        )
    scale = _scale(float(panel.edges[0]), float(panel.edges[-1]), panel.logarithmic, 0.03)
    page = layout(
        MARGIN,
        xaxis=axis(markup(str(panel.quantity)), anchor="y2", nticks=6, **scale),
        yaxis=axis("planets [%]", domain=[share, 1], rangemode="tozero", nticks=4),
        yaxis2=axis(
            domain=[0, share],
            range=[len(panel.rows) - 0.4, -0.6],
            tickvals=list(range(len(panel.rows))),
            ticktext=list(panel.rows),
            tickfont={"size": 10.5},
            ticks="",
            fixedrange=True,
        ),
        annotations=[_remark(panel.remark), *_unknown(panel)],
        shapes=[] if panel.marked is None else [_upright(panel.marked)],
        bargap=0,
        dragmode=False,
    )
    return PlotlyFigure(data, page, HISTOGRAM + bars + MARGINS, f"Distribution of {panel.quantity.name}")


def _channels(panel: Channels, looks: dict[str, Style]) -> PlotlyFigure:
    unit = panel.quantity.unit
    data: list[Document] = []
    for first, last, opacity in ((0, 4, 0.5), (1, 3, 1.0)):
        data += _band(panel.wavelength, panel.band[first], panel.band[last], faded(FILL, opacity))
    for name, median in panel.medians.items():
        line = {"color": looks[name].colour, "dash": looks[name].dash, "width": 1.8}
        data.append(_curve(panel.wavelength, median, line, f"{name}: %{{y:.4g}} {unit}"))
    if panel.marked is not None:
        data.append(
            _curve(panel.wavelength, panel.marked, {"color": MARK, "width": 2.2}, f"%{{y:.4g}} {unit}")
        )
    low, high = float(panel.wavelength.min()), float(panel.wavelength.max())
    scale = _scale(low, high, high / low > WIDE, 0.01)
    if high / low > WIDE:
        ticks = [tick for tick in wavelength_ticks(low, high) if tick in (0.5, 1, 2, 3, 5, 10, 20)]
        scale |= {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}
    vertical = _ticks(panel.band) if panel.logarithmic else {}
    page = layout(
        MARGIN,
        xaxis=axis("wavelength [µm]", **scale),
        yaxis=axis(str(panel.quantity), **vertical),
        dragmode=False,
    )
    return PlotlyFigure(data, page, HEIGHT, f"{panel.quantity.name} over the channels")


def _scatter(panel: Scatter, looks: dict[str, Style]) -> PlotlyFigure:
    data = [
        _markers(points[0], points[1], looks[name], 4 if points.shape[1] > 200 else 6)
        | {"opacity": 0.55 if points.shape[1] > 200 else 0.9}
        | {"hovertemplate": f"{name}<br>{_hover(panel.x, 'x')}<br>{_hover(panel.y, 'y')}<extra></extra>"}
        for name, points in panel.points.items()
    ]
    together = np.concatenate(list(panel.points.values()), axis=1)
    if panel.diagonal:
        ends = np.array([together.min(), together.max()])
        data.append(
            _curve(ends, ends, {"color": INK, "dash": "dash", "width": 1}, "") | {"hoverinfo": "skip"}
        )
    if panel.marked is not None:
        star = Style(MARK, "solid", "*", "star", "★")
        data.append(_markers(np.array([panel.marked[0]]), np.array([panel.marked[1]]), star, 16))
    x, y = (_ticks(line) if panel.logarithmic else {} for line in together)
    page = layout(
        MARGIN,
        xaxis=axis(markup(str(panel.x)), **x),
        yaxis=axis(markup(str(panel.y)), **y),
        annotations=[_remark(panel.remark)],
        dragmode=False,
        hovermode="closest",
    )
    return PlotlyFigure(data, page, HEIGHT, f"{panel.y.name} against {panel.x.name}")


def _correlations(panel: Correlations) -> PlotlyFigure:
    n = len(panel.names)
    shown = np.where(np.tri(n, k=-1, dtype=bool), panel.values, np.nan)[1:, :-1]
    text = [["" if np.isnan(v) else f"{round(v, 2) + 0:.2f}".replace("-", "−") for v in row] for row in shown]
    data: list[Document] = [
        {
            "type": "heatmap",
            "x": list(panel.names[:-1]),
            "y": list(panel.names[1:]),
            "z": [numbers(row) for row in shown],
            "text": text,
            "texttemplate": "%{text}",
            "textfont": {"size": 10},
            "colorscale": [
                [0, "#5e3c99"],
                [0.25, "#b2abd2"],
                [0.5, "#f7f7f7"],
                [0.75, "#fdb863"],
                [1, "#e66101"],
            ],
            "zmin": -1,
            "zmax": 1,
            "showscale": False,
            "hoverongaps": False,
            "hovertemplate": "%{y}, %{x}: %{z:.3f}<extra></extra>",
        }
    ]
    plain: Document = {"ticks": "", "showline": False, "showgrid": False}
    page = layout(
        {"l": 150, "r": 8, "t": 8, "b": 110},
        xaxis=axis(tickangle=-40, **plain),
        yaxis=axis(autorange="reversed", **plain),
        dragmode=False,
    )
    return PlotlyFigure(data, page, 130 + CELL * (n - 1), "Rank correlations", least_width=170 + 38 * (n - 1))


def _stairs(edges: Array, values: Array, colour: str, fill: str | None, unit: str) -> Document:
    stairs: Document = {
        "type": "scatter",
        "mode": "lines",
        "x": numbers(np.concatenate([edges[:1], edges])),
        "y": numbers(np.concatenate([[0.0], values, [0.0]])),
        "line": {"shape": "hv", "color": colour, "width": 1.2},
        "hovertemplate": f"from %{{x:.4g}} {unit}: %{{y:.3g}}%<extra></extra>",
    }
    return stairs | ({"fill": "tozeroy", "fillcolor": fill} if fill else {})


def _bar(ends: Array, row: int, colour: str, width: float) -> Document:
    bar = _curve(ends, np.full(2, row), {"color": colour, "width": width}, "")
    return bar | {"yaxis": "y2", "hoverinfo": "skip"}


def _band(x: Array, low: Array, high: Array, colour: str) -> list[Document]:
    nothing = {"width": 0, "color": colour}
    lower = _curve(x, low, nothing, "") | {"hoverinfo": "skip"}
    return [
        lower,
        _curve(x, high, nothing, "") | {"hoverinfo": "skip", "fill": "tonexty", "fillcolor": colour},
    ]


def _curve(x: Array, y: Array, line: Document, hover: str) -> Document:
    curve: Document = {"type": "scatter", "mode": "lines", "x": numbers(x), "y": numbers(y), "line": line}
    return curve | ({"hovertemplate": f"{hover}<extra></extra>"} if hover else {})


def _markers(x: Array, y: Array, look: Style, size: float) -> Document:
    marker = {
        "symbol": look.symbol,
        "color": look.colour,
        "size": size,
        "line": {"width": 0.6 if size < 8 else 1.2, "color": "white"},
    }
    return {"type": "scatter", "mode": "markers", "x": numbers(x), "y": numbers(y), "marker": marker}


def _hover(quantity: Quantity, variable: str) -> str:
    return f"{quantity.name} %{{{variable}:.4g}} {markup(quantity.unit)}"


def _scale(low: float, high: float, logarithmic: bool, margin: float) -> Document:
    """The range of an axis between two values, with a margin as a share of it."""
    if not logarithmic:
        reach = margin * (high - low)
        return {"range": [low - reach, high + reach]}
    reach = margin * math.log10(high / low)
    ends = [math.log10(low) - reach, math.log10(high) + reach]
    return {"type": "log", "range": ends} | _plain(low, high)


def _ticks(values: Array) -> Document:
    return _scale(float(values.min()), float(values.max()), True, 0.04)


def _plain(low: float, high: float) -> Document:
    """Plain numbers on a logarithmic axis."""
    ticks = log_ticks(low, high)
    return {"tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def _upright(at: float) -> Document:
    line = {"color": MARK, "width": 2}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": line}


def _remark(text: str) -> Document:
    place = {"xref": "paper", "yref": "paper", "x": 1, "y": 1, "xanchor": "right", "yanchor": "bottom"}
    return {"text": markup(text), "showarrow": False, "font": {"size": 11}, **place}


def _unknown(panel: Distribution) -> list[Document]:
    place = {"xref": "paper", "x": 0.5, "yref": "y2", "showarrow": False}
    return [
        {"text": "not known", "y": i, "font": {"size": 10, "color": FAINT}, **place}
        for i, row in enumerate(panel.rows.values())
        if row is None
    ]
