"""A spectrum with plotly."""

from __future__ import annotations

import math

import numpy as np

from harness.figures.palette import FAINT, GAS_STYLES, GRID, INK, styles
from harness.figures.plotly_parts import Document, PlotlyFigure, axis, layout, numbers
from harness.figures.spectrum import SpectrumView

HEIGHT, RESIDUAL = 480, 120  # px


def spectrum_plotly(view: SpectrumView) -> PlotlyFigure:
    """The spectrum, what each gas adds, and below the difference to the forward model."""
    residual = view.residual
    split = 0.0 if residual is None else 0.27
    unit = f" {view.quantity.unit}".rstrip()
    data = [*_lines(view, unit), _points(view, unit)]
    page: Document = layout(
        {"l": 62, "r": 12, "t": 10, "b": 40},
        xaxis=_wavelengths(view) | {"anchor": "y2" if split else "y"},
        yaxis=axis(str(view.quantity), domain=[split, 1]),
        showlegend=True,
        legend={"orientation": "h", "x": 0, "y": -0.14, "yanchor": "top", "xanchor": "left"},
        hovermode="closest",
    )
    if residual is not None:
        data.append(_residual(view))
        reach = max(3.2, 1.15 * float(np.abs(residual).max()))
        page["yaxis2"] = axis("residual [σ]", domain=[0, split - 0.04], range=[-reach, reach], nticks=5)
        band = {"type": "rect", "xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": -1, "y1": 1}
        zero = {"type": "line", "xref": "paper", "yref": "y2", "x0": 0, "x1": 1, "y0": 0, "y1": 0}
        page["shapes"] = [
            band | {"fillcolor": GRID, "opacity": 0.6, "line": {"width": 0}, "layer": "below"},
            zero | {"line": {"color": INK, "width": 1}},
        ]
    return PlotlyFigure(data, page, HEIGHT + (RESIDUAL if split else 0), f"Spectrum: {view.title}")


def _lines(view: SpectrumView, unit: str) -> list[Document]:
    looks = styles(list(view.alone), GAS_STYLES)
    lines = [
        (label, values, looks[label].colour, looks[label].dash, 2.0) for label, values in view.alone.items()
    ]
    if view.bare is not None:
        lines.append(("none of the gases", view.bare, FAINT, "solid", 1.5))
    if view.model is not None:
        lines.append(("all, forward model", view.model, INK, "solid", 1.2))
    order = view.in_order()
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": label,
            "x": numbers(view.wavelength[order]),
            "y": numbers(view.quantity.factor * values[order]),
            "line": {"color": colour, "dash": dash, "width": width},
            "hovertemplate": f"%{{x:.3f}} µm: %{{y:.4f}}{unit}<extra>{label}</extra>",
        }
        for label, values, colour, dash, width in lines
    ]


def _points(view: SpectrumView, unit: str) -> Document:
    bars = {"color": "#6b6b6b", "thickness": 1, "width": 0}
    noise = "" if view.noise is None else f" ± %{{error_y.array:.4f}}{unit}"
    points: Document = {
        "type": "scatter",
        "mode": "markers",
        "name": view.depth_label,
        "x": numbers(view.wavelength),
        "y": numbers(view.quantity.factor * view.depth),
        "error_x": {"type": "data", "array": numbers(view.width / 2), **bars},
        "marker": {"color": "black", "size": 5.5},
        "hovertemplate": f"%{{x:.3f}} µm: %{{y:.4f}}{unit}{noise}<extra></extra>",
        "legendrank": 1,
    }
    if view.noise is not None:
        points["error_y"] = {"type": "data", "array": numbers(view.quantity.factor * view.noise), **bars}
    return points


def _residual(view: SpectrumView) -> Document:
    assert view.residual is not None
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "residual",
        "showlegend": False,
        "x": numbers(view.wavelength),
        "y": numbers(view.residual),
        "yaxis": "y2",
        "error_x": {
            "type": "data",
            "array": numbers(view.width / 2),
            "color": "black",
            "thickness": 1,
            "width": 0,
        },
        "marker": {"color": "black", "size": 4.5},
        "hovertemplate": "%{x:.3f} µm: spectrum − forward model = %{y:.2f} σ<extra></extra>",
    }


def _wavelengths(view: SpectrumView) -> Document:
    low, high = view.limits
    if not view.logarithmic:
        margin = 0.02 * (high - low)
        return axis("wavelength [µm]", range=[low - margin, high + margin])
    return axis(
        "wavelength [µm]",
        type="log",
        range=[math.log10(low / 1.02), math.log10(high * 1.02)],
        tickvals=view.ticks,
        ticktext=[f"{tick:g}" for tick in view.ticks],
    )
