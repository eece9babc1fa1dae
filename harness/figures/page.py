"""One HTML page with everything in it: text, figures, and plotly.js itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from harness.figures.plotly_parts import PlotlyFigure

STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1320px; padding: 1.2rem 1.4rem 3rem; color: #222; background: #fff;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; margin: 2.4rem 0 .2rem; }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .1rem; }
p { margin: .2rem 0 .6rem; max-width: 75ch; }
.from, .explained { color: #555; }
.missing { border-left: 4px solid #e69f00; background: #fff8e8; padding: .45rem .8rem; margin: .9rem 0;
  list-style: none; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(155px, 1fr)); gap: .35rem 1.2rem;
  margin: .9rem 0; }
dt { color: #555; font-size: .82rem; } dd { margin: 0; font-weight: 600; }
.groups { display: flex; flex-wrap: wrap; gap: .3rem 1.3rem; margin: .6rem 0; padding: .4rem 0;
  list-style: none; position: sticky; top: 0; background: #fffffff0; z-index: 5;
  border-bottom: 1px solid #e3e6ea; }
.swatch { display: inline-block; width: 1.1em; text-align: center; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(285px, 100%), 1fr));
  gap: .4rem 1rem; }
.scroll { overflow-x: auto; }
.panels > .wide { grid-column: 1 / -1; }
sub { font-size: .72em; line-height: 0; }
table { border-collapse: collapse; margin: .6rem 0; }
td, th { padding: .2rem .8rem .2rem 0; text-align: right; white-space: nowrap; }
td:first-child, th:first-child { text-align: left; }
th { border-bottom: 1px solid #999; font-weight: 600; }
@media (max-width: 600px) { body { padding: .8rem .7rem 2rem; } .groups { position: static; } }
"""

SCRIPT = """
const settings = {responsive: true, displaylogo: false,
  modeBarButtons: [["toImage", "zoom2d", "pan2d", "resetScale2d"]]};
for (const [id, figure] of Object.entries(JSON.parse(document.getElementById("figures").textContent))) {
  const small = figure.layout.dragmode === false;
  Plotly.newPlot(id, figure.data, figure.layout, small ? {...settings, displayModeBar: false} : settings);
}
"""


@dataclass(frozen=True)
class Block:
    """A piece of a page: its HTML, with `{0}`, `{1}`, ... where its figures stand."""

    html: str
    figures: Sequence[PlotlyFigure] = ()


def page(title: str, blocks: Sequence[Block]) -> str:
    """The page, which needs nothing beside it and no network."""
    from plotly.offline import get_plotlyjs

    figures: dict[str, PlotlyFigure] = {}
    body = []
    for block in blocks:
        places = []
        for figure in block.figures:
            name = f"figure-{len(figures)}"
            figures[name] = figure
            places.append(_place(name, figure))
        text = block.html
        for i, place in enumerate(places):
            text = text.replace(f"{{{i}}}", place)
        body.append(text)
    documents = {name: {"data": figure.data, "layout": figure.layout} for name, figure in figures.items()}
    content = json.dumps(documents, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n<noscript><p>The figures of this page need JavaScript.</p></noscript>\n"
        + f'<script type="application/json" id="figures">{content}</script>\n'
        + f"<script>{get_plotlyjs()}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def _place(name: str, figure: PlotlyFigure) -> str:
    least = f";min-width:{figure.least_width}px" if figure.least_width else ""
    inner = (
        f'<div id="{name}" role="img" aria-label="{escape(figure.described, quote=True)}" '
        f'style="height:{figure.height}px{least}"></div>'
    )
    return f'<div class="scroll wide">{inner}</div>' if least else f"<div>{inner}</div>"
