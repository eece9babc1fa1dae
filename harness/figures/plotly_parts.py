"""Figures for plotly.js as the plain dictionaries that it takes, and what they have in common.

They are not built with plotly's Python classes, which check every property at some cost; the tests do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.data.arrays import Array
from harness.figures.palette import FAINT, GRID, INK

Document = dict[str, Any]

FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
DIGITS = 5  # of the numbers in a page


@dataclass(frozen=True)
class PlotlyFigure:
    """What plotly.js draws, how high, and the least width at which it can be read.

    Attributes:
        data: traces.
        layout: plotly's layout.
        height: [px].
        least_width: [px]; on a narrower screen the figure is scrolled sideways.
        described: for those who cannot see it.
    """

    data: list[Document]
    layout: Document
    height: int
    described: str
    least_width: int = 0


def numbers(values: Array) -> list[float | None]:
    """Numbers to DIGITS digits; those that JSON does not have become None."""
    return [float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in values.ravel().tolist()]


def layout(margin: Mapping[str, int], **more: Any) -> Document:
    """The layout that all figures share, and what is given."""
    return {
        "autosize": True,
        "margin": {"pad": 0, **margin},
        "font": {"family": FONT, "size": 12, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "white",
        "modebar": {"bgcolor": "rgba(255,255,255,0.8)", "color": FAINT, "activecolor": INK},
        "hoverlabel": {"font": {"family": FONT}},
        "showlegend": False,
        **more,
    }


def axis(title: str = "", **more: Any) -> Document:
    """An axis in the style of all figures."""
    return {
        "title": {"text": title, "standoff": 6},
        "gridcolor": GRID,
        "linecolor": FAINT,
        "showline": True,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": FAINT,
        "automargin": True,
        **more,
    }


def faded(colour: str, opacity: float) -> str:
    """A colour #rrggbb as rgba."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"
