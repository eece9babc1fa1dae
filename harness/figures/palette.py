"""Colours, dashes and markers: things that are told apart differ in more than their colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

INK, FAINT, GRID = "#333333", "#8a8f98", "#e3e6ea"
FILL, EDGE = "#c6d3e1", "#4a6482"  # of the planets that the others are compared with
MARK = "#a3005c"  # the truth in a posterior, the chosen planet in a population
REGION_95, REGION_68 = "#bfd0e2", "#7f9fc0"  # of a posterior
RULER = "#35618f"

MATPLOTLIB_DASHES: dict[str, Any] = {
    "solid": "-",
    "dash": (0, (5, 2)),
    "dot": (0, (1, 1.3)),
    "dashdot": (0, (5, 1.5, 1, 1.5)),
    "longdash": (0, (9, 2.5)),
    "longdashdot": (0, (9, 2, 1, 2)),
}


@dataclass(frozen=True)
class Style:
    """How one of several things is drawn.

    Attributes:
        colour: as #rrggbb.
        dash: plotly's name of the line; matplotlib's is in `MATPLOTLIB_DASHES`.
        marker: matplotlib's name.
        symbol: plotly's name of the same marker.
        glyph: the same marker as a character.
    """

    colour: str
    dash: str
    marker: str
    symbol: str
    glyph: str


# The colours are those of Okabe & Ito, Color Universal Design (2008), which people with any kind of colour
# vision tell apart; the first, of the planets to compare with, is that of FILL.
STYLES = (
    Style(EDGE, "solid", "o", "circle", "●"),
    Style("#0072b2", "dash", "s", "square", "■"),
    Style("#d55e00", "solid", "^", "triangle-up", "▲"),
    Style("#009e73", "dashdot", "D", "diamond", "◆"),
    Style("#cc79a7", "longdash", "v", "triangle-down", "▼"),
    Style("#e69f00", "dash", "P", "cross", "✚"),
    Style("#56b4e9", "dot", "X", "x", "✖"),
    Style("#000000", "longdashdot", "*", "star", "★"),
)

GAS_STYLES = (
    Style("#0072b2", "solid", "", "", ""),
    Style("#d55e00", "dash", "", "", ""),
    Style("#009e73", "dashdot", "", "", ""),
    Style("#cc79a7", "longdash", "", "", ""),
    Style("#b57a00", "dot", "", "", ""),
)


def styles(names: Sequence[str], among: tuple[Style, ...] = STYLES) -> dict[str, Style]:
    """A style for each name, in their order; the styles come round again where there are more names."""
    return {name: among[i % len(among)] for i, name in enumerate(names)}
