"""A report as one page with everything in it."""

from __future__ import annotations

from html import escape

from harness.figures.page import Block, page
from harness.figures.plotly_parts import PlotlyFigure
from harness.figures.views import Curves, Grid, Section, View, Words
from harness.figures.views_plotly import panel_figure
from harness.figures.wording import markup


def view_page(view: View) -> str:
    """The page: what is to be remembered first, then every section."""
    findings = "".join(f"<li>{_text(sentence)}</li>" for sentence in view.findings)
    notes = "".join(f"<li>{_text(note)}</li>" for note in view.notes)
    heading = (
        f"<h1>{escape(view.title)}</h1>\n<p class='from'>{_text(view.facts)}</p>"
        + (f"<ul>{findings}</ul>" if findings else "")
        + (f"<ul class='missing'>{notes}</ul>" if notes else "")
    )
    return page(view.title, [Block(heading), *(_section(section) for section in view.sections)])


def _section(section: Section) -> Block:
    pieces: list[str] = []
    figures: list[PlotlyFigure] = []
    for panel in section.panels:
        if isinstance(panel, Words):
            pieces.append(f"<div class='wide'>{_table(panel)}</div>")
            continue
        place = f"{{{len(figures)}}}"
        figures.append(panel_figure(panel))
        wide = section.columns == 1 or isinstance(panel, Grid)
        wide |= isinstance(panel, Curves) and panel.wavelengths
        pieces.append(f"<div class='wide'>{place}</div>" if wide else place)
    return Block(
        f"<h2>{escape(section.title)}</h2>\n<p class='explained'>{_text(section.explained)}</p>"
        f"<div class='panels'>{''.join(pieces)}</div>",
        figures,
    )


def _table(panel: Words) -> str:
    head = "".join(f"<th>{_text(word)}</th>" for word in panel.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_text(word)}</td>" for word in row) + "</tr>" for row in panel.rows
    )
    title = f"<h3>{_text(panel.title)}</h3>" if panel.title else ""
    return f"{title}<div class='scroll'><table><tr>{head}</tr>{rows}</table></div>"


def _text(words: str) -> str:
    return markup(escape(words))
