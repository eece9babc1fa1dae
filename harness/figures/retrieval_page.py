"""A retrieval as one page: what was found, how far it can be trusted, and its pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

from matplotlib.figure import Figure

from harness.figures.page import STYLE
from harness.figures.wording import markup
from harness.real_spectra.report import Report, Table


def retrieval_page(report: Report, pictures: Sequence[tuple[str, Figure]]) -> str:
    """The page, which needs nothing beside it and no network.

    Arguments:
        report: of the retrieval.
        pictures: each with what it shows.
    """
    body = [f"<h1>{escape(report.title)}</h1>", f"<p class='from'>{_text(report.facts)}</p>"]
    body += [f"<p>{_text(sentence)}</p>" for sentence in report.sentences]
    body += [_table(table) for table in report.tables]
    body += [_picture(title, figure) for title, figure in pictures]
    if report.notes:
        body.append(
            "<h2>Of the files</h2><ul>" + "".join(f"<li>{_text(one)}</li>" for one in report.notes) + "</ul>"
        )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(body)
        + "\n</body>\n</html>\n"
    )


def _table(table: Table) -> str:
    head = "".join(f"<th>{_text(word)}</th>" for word in table.head)
    rows = "".join(
        "<tr>" + "".join(f"<td>{_text(word)}</td>" for word in row) + "</tr>" for row in table.rows
    )
    return f"<h2>{_text(table.title)}</h2><div class='scroll'><table><tr>{head}</tr>{rows}</table></div>"


def _picture(title: str, figure: Figure) -> str:
    content = io.BytesIO()
    figure.savefig(content, format="png")
    image = base64.b64encode(content.getvalue()).decode("ascii")
    return (
        f"<h2>{escape(title)}</h2><div class='scroll'>"
        f'<img style="max-width:100%" alt="{escape(title, quote=True)}" '
        f'src="data:image/png;base64,{image}"></div>'
    )


def _text(words: str) -> str:
    return markup(escape(words))
