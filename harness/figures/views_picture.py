"""A report as one picture: headings and words, and below them panel beside panel."""

from __future__ import annotations

from textwrap import wrap

from matplotlib.figure import Figure

from harness.figures.palette import INK
from harness.figures.views import Bars, Cloud, Curves, Grid, Panel, Section, View, Words
from harness.figures.views_png import draw_panel
from harness.figures.wording import mathtext

# inches
WIDTH, MARGIN = 16.0, 0.45
LINE, HEADING = 0.2, 0.34  # of text, of a section's title
LEFT, RIGHT, ABOVE, BELOW = 0.75, 0.25, 0.3, 0.6  # of a panel: room for ticks, labels and title
CLOUD, CURVES, ROW = 2.3, 3.0, 0.25

LETTERS = 190  # of a line


def view_figure(view: View) -> Figure:
    """Draw all sections of a report, one below the other."""
    head = _head(view)
    blocks = [(section, wrap(section.explained, LETTERS)) for section in view.sections]
    heights = [HEADING + LINE * len(lines) + 0.1 + sum(_rows(section)) for section, lines in blocks]
    top = MARGIN + 0.4 + LINE * len(head) + 0.25
    height = top + sum(heights) + MARGIN
    figure = Figure(figsize=(WIDTH, height), dpi=100)

    def write(text: str, down: float, size: float, weight: str = "normal") -> None:
        x, y, words = MARGIN / WIDTH, 1 - down / height, mathtext(text)
        figure.text(x, y, words, fontsize=size, color=INK, va="top", weight=weight)

    write(view.title, MARGIN, 19, weight="bold")
    for i, line in enumerate(head):
        write(line, MARGIN + 0.42 + LINE * i, 10.5)
    for (section, lines), needed in zip(blocks, heights, strict=True):
        write(section.title, top, 14.5, weight="bold")
        for i, line in enumerate(lines):
            write(line, top + HEADING + LINE * i, 10)
        _draw_section(figure, section, top + HEADING + LINE * len(lines) + 0.1, height)
        top += needed
    return figure


def _head(view: View) -> list[str]:
    lines = wrap(view.facts, LETTERS)
    for mark, sentences in (("•", view.findings), ("Note:", view.notes)):
        for sentence in sentences:
            lines += wrap(f"{mark} {sentence}", LETTERS, subsequent_indent="   ")
    return lines


def _draw_section(figure: Figure, section: Section, top: float, height: float) -> None:
    columns = section.columns
    cell = (WIDTH - 2 * MARGIN) / columns
    for row, tall in enumerate(_rows(section)):
        for column, panel in enumerate(section.panels[row * columns : (row + 1) * columns]):
            left = MARGIN + column * cell + _room(panel)
            wide = cell - _room(panel) - RIGHT
            down = top + ABOVE
            axes = figure.add_axes(
                (
                    left / WIDTH,
                    1 - (top + tall - _below(panel)) / height,
                    wide / WIDTH,
                    (tall - _below(panel) - (down - top)) / height,
                )
            )
            draw_panel(axes, panel)
        top += tall


def _rows(section: Section) -> list[float]:
    """The height of each row of panels."""
    columns = section.columns
    rows = [section.panels[i : i + columns] for i in range(0, len(section.panels), columns)]
    return [max(_height(panel) for panel in row) for row in rows]


def _height(panel: Panel) -> float:
    if isinstance(panel, Cloud):
        inner = CLOUD
    elif isinstance(panel, Curves):
        inner = CURVES
    elif isinstance(panel, Bars):
        inner = max(1.6, ROW * len(panel.names))
    elif isinstance(panel, Grid):
        inner = max(1.0, ROW * len(panel.rows))
    else:
        inner = ROW * (len(panel.rows) + 1)
    return ABOVE + inner + _below(panel)


def _below(panel: Panel) -> float:
    if isinstance(panel, Words):
        return 0.15
    return BELOW + (0.3 if isinstance(panel, Grid) and len(panel.columns) > 12 else 0.0)


def _room(panel: Panel) -> float:
    """Inches to the left of the axes, for the names of bars and rows."""
    if isinstance(panel, Words):
        return 0.1
    names = panel.names if isinstance(panel, Bars) else panel.rows if isinstance(panel, Grid) else ()
    return max([LEFT, *(0.25 + 0.085 * len(name) for name in names)])
