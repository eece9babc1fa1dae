"""A snapshot as one HTML page with everything in it: tables to sort, light or dark, no network."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from html import escape

from harness.untrusted.words import printable
from harness_leaderboard.board import Board
from harness_leaderboard.columns import RESCORED
from harness_leaderboard.snapshot.tables import LEFT, NAME, PROOF, Cell, Table, tables
from harness_leaderboard.snapshot.words import challenge_name, commands, facts, how_to_repeat

STYLE = """
:root { color-scheme: light dark; --ink: #1d2329; --faint: #57606a; --paper: #fff; --rule: #c9d0d7;
  --stripe: #f3f5f7; --accent: #0a58b0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --faint: #a3adb8; --paper: #15191e;
  --rule: #3a424b; --stripe: #1d2329; --accent: #7ab8ff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1500px; padding: 1.2rem 1.4rem 3rem; color: var(--ink);
  background: var(--paper); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .4rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .2rem; }
p { margin: .2rem 0 .6rem; max-width: 80ch; color: var(--faint); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .8rem 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
table { border-collapse: collapse; margin: .4rem 0; font-variant-numeric: tabular-nums; }
td, th { padding: .25rem .7rem; text-align: right; white-space: nowrap; }
.words { text-align: left; }
.badge { border: 1px solid var(--accent); border-radius: .6em; color: var(--accent); padding: 0 .5em;
  font-size: .85em; }
th[scope=row] { font-weight: 600; white-space: normal; min-width: 17em; }
thead th { border-bottom: 2px solid var(--rule); padding: 0; }
tbody tr:nth-child(even) { background: var(--stripe); }
button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; cursor: pointer;
  padding: .25rem .7rem; width: 100%; text-align: inherit; white-space: nowrap; }
button::after { content: " \\2195"; color: var(--faint); font-weight: 400; }
[aria-sort=ascending] button::after { content: " \\2191"; color: var(--accent); }
[aria-sort=descending] button::after { content: " \\2193"; color: var(--accent); }
pre { background: var(--stripe); padding: .8rem 1rem; overflow-x: auto; font-size: .85rem; }
@media (max-width: 600px) {
  th[scope=row] { min-width: 9.5em; }
  body { padding: .8rem .7rem 2rem; }
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .4rem; }
  td, th, button { padding-inline: .4rem; }
}
"""

SCRIPT = """
const number = new Intl.Collator("en", {numeric: true});
for (const button of document.querySelectorAll("thead button")) button.addEventListener("click", () => {
  const head = button.closest("th"), table = head.closest("table"), body = table.tBodies[0];
  const up = head.getAttribute("aria-sort") !== "ascending";
  for (const other of table.querySelectorAll("thead th")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", up ? "ascending" : "descending");
  const key = row => row.cells[head.cellIndex].dataset.value ?? row.cells[head.cellIndex].textContent;
  const compare = (one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a === "" || b === "") return (a === "") - (b === "");  // what has no value is last either way
    const order = isNaN(a) || isNaN(b) ? number.compare(a, b) : a - b;
    return up ? order : -order;
  };
  body.append(...[...body.rows].sort(compare));
});
"""


def page(board: Board, made_at: str, made_by: str | None) -> str:
    """The page, which needs nothing beside it."""
    name = _shown(f"Leaderboard of {challenge_name(board)}, {made_at}")
    head = "".join(f"<dt>{escape(what)}</dt><dd>{_shown(told)}</dd>" for what, told in facts(board, made_by))
    listing = escape("\n".join(commands(board)))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{name}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{name}</h1>\n<dl>{head}</dl>\n"
        + "\n".join(section(table) for table in tables(board))
        + f"\n<h2>How each row was made</h2>\n<p>{with_code(how_to_repeat(board))}</p>\n"
        + f'<pre tabindex="0">{listing}</pre>\n</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n'
    )


def section(table: Table, links: Sequence[str] | None = None) -> str:
    """A table that can be sorted, under its title; the name of each row leads to its link, if there are."""
    head = "".join(
        f'<th scope="col"{_class(column)}><button type="button">{_shown(column)}</button></th>'
        for column in table.columns
    )
    rows = "\n".join(
        f"<tr>{''.join(_cell(*pair, link) for pair in zip(table.columns, row, strict=True))}</tr>"
        for row, link in zip(table.rows, links or itertools.repeat(None, len(table.rows)), strict=True)
    )
    title = escape(table.title, quote=True)
    return (
        f"<h2>{title}</h2>\n<p>{with_code(table.explained)}</p>\n"
        f'<div class="scroll" role="region" tabindex="0" aria-label="{title}"><table>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table></div>"
    )


def _cell(column: str, cell: Cell, link: str | None) -> str:
    if column in LEFT:
        tag, attributes = ("th", ' scope="row"') if column == NAME else ("td", "")
    else:
        tag, attributes = "td", f' data-value="{"" if cell.value is None else repr(cell.value)}"'
    shown = _shown(cell.text)
    if column == NAME and link is not None:
        shown = f'<a href="{_shown(link)}">{shown}</a>'
    if column == PROOF and cell.text == RESCORED:
        shown = f'<span class="badge">{shown}</span>'
    return f"<{tag}{attributes}{_class(column)}>{shown}</{tag}>"


def _shown(text: str) -> str:
    return escape(printable(text))


def _class(column: str) -> str:
    return ' class="words"' if column in LEFT else ""


def with_code(text: str) -> str:
    """Text in which `names` stand between backticks."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
