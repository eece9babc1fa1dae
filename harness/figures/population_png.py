"""A population with matplotlib: panel beside panel, section below section."""

from __future__ import annotations

from textwrap import fill

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from harness.figures.palette import EDGE, FILL, INK, MARK, MATPLOTLIB_DASHES, Style, styles
from harness.figures.panels import BARS, Channels, Correlations, Distribution, Panel, Scatter
from harness.figures.panels_png import draw_channels, draw_correlations, draw_distribution, draw_scatter
from harness.figures.population import Population, Section

WIDTH, MARGIN, GAP = 18.5, 0.35, 0.25  # inches
LEFT, BELOW, ABOVE = 0.72, 0.62, 0.28  # of a panel: room for ticks, label and title
ROW = 0.17  # of one group's bar
ENTRIES = 6  # of the legend, in a line
HEADING, COLUMNS, CELL = 0.55, 5, 0.36  # the last: of a correlation

LETTERS = 200  # of a line of notes

Box = tuple[float, float, float, float]  # left, top, width, height [inches] of a panel's axes


def population_figure(population: Population) -> Figure:
    """Draw all sections of a population, one below the other."""
    n_groups = len(population.counts)
    entries = len(population.counts) + 1 + (population.outlined is not None) + (population.marked is not None)
    notes = 0.62 + 0.27 * -(-entries // ENTRIES)
    legend = notes + 0.2 + 0.2 * len(_notes(population).splitlines())
    heights = [HEADING + sum(_rows(section, n_groups)) for section in population.sections]
    height = legend + sum(heights) + MARGIN
    figure = Figure(figsize=(WIDTH, height), dpi=110)
    looks = styles(list(population.counts))
    _write_legend(figure, population, looks, height, notes)
    top = legend
    for section, needed in zip(population.sections, heights, strict=True):
        _draw_section(figure, section, looks, top, height, n_groups)
        top += needed
    return figure


def _draw_section(
    figure: Figure, section: Section, looks: dict[str, Style], top: float, height: float, n_groups: int
) -> None:
    figure.text(
        MARGIN / WIDTH, 1 - (top + 0.22) / height, section.title, fontsize=15, weight="bold", color=INK
    )
    figure.text(MARGIN / WIDTH, 1 - (top + 0.46) / height, section.explained, fontsize=10, color=INK)
    top += HEADING
    columns = _columns(section)
    cell = (WIDTH - 2 * MARGIN + GAP) / columns
    for i, panel in enumerate(section.panels):
        if i and i % columns == 0:
            top += _height(panel, n_groups)
        left = MARGIN + (i % columns) * cell + LEFT
        box = (left, top + ABOVE, cell - GAP - LEFT, _height(panel, n_groups) - ABOVE - BELOW)
        _draw(figure, panel, looks, box, height)


def _draw(figure: Figure, panel: Panel, looks: dict[str, Style], box: Box, height: float) -> None:
    def axes(left: float, top: float, width: float, tall: float) -> Axes:
        return figure.add_axes((left / WIDTH, 1 - (top + tall) / height, width / WIDTH, tall / height))

    left, top, width, tall = box
    if isinstance(panel, Distribution):
        bars = ROW * len(panel.rows) + 0.1
        upper = axes(left, top, width, tall - bars)
        draw_distribution(upper, axes(left, top + tall - bars, width, bars), panel, looks)
    elif isinstance(panel, Channels):
        draw_channels(axes(*box), panel, looks)
    elif isinstance(panel, Scatter):
        draw_scatter(axes(*box), panel, looks)
    else:
        side = CELL * (len(panel.names) - 1)
        draw_correlations(axes(left + 1.0, top, side, side), panel)


def _columns(section: Section) -> int:
    return 1 if isinstance(section.panels[0], Correlations) else COLUMNS


def _rows(section: Section, n_groups: int) -> list[float]:
    columns = _columns(section)
    return [_height(panel, n_groups) for panel in section.panels[::columns]]


def _height(panel: Panel, n_groups: int) -> float:
    if isinstance(panel, Correlations):
        return 1.9 + CELL * (len(panel.names) - 1)
    return ABOVE + BELOW + 1.75 + ROW * n_groups


def _write_legend(
    figure: Figure, population: Population, looks: dict[str, Style], height: float, notes: float
) -> None:
    figure.text(MARGIN / WIDTH, 1 - 0.42 / height, population.title, fontsize=19, weight="bold", color=INK)
    handles: list[Line2D | Patch] = [
        Line2D(
            [],
            [],
            color=look.colour,
            linestyle=MATPLOTLIB_DASHES[look.dash],
            marker=look.marker,
            markersize=6,
            label=f"{name} ({population.counts[name]:,})",
        )
        for name, look in looks.items()
    ]
    name, n = population.reference
    handles.append(Patch(facecolor=FILL, edgecolor=EDGE, label=f"histogram and bands: {name} ({n:,})"))
    if population.outlined is not None:
        name, n = population.outlined
        handles.append(Line2D([], [], color=INK, linewidth=1.4, label=f"outlined: {name} ({n:,})"))
    if population.marked is not None:
        handles.append(
            Line2D([], [], color=MARK, linewidth=1.8, marker="*", markersize=10, label=population.marked)
        )
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(MARGIN / WIDTH, 1 - 0.55 / height),
        ncols=ENTRIES,
        frameon=False,
        fontsize=10.5,
        handlelength=2.6,
        borderaxespad=0,
    )
    figure.text(
        MARGIN / WIDTH,
        1 - notes / height,
        _notes(population),
        fontsize=10,
        color=INK,
        va="top",
        style="italic",
    )


def _notes(population: Population) -> str:
    return "\n".join(fill(note, LETTERS) for note in (BARS, *population.notes))
