"""A retrieval as one page: what was found, how far it can be trusted, and its pictures."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

from harness.figures.page import STYLE
from harness.figures.wording import markup
from harness.real_spectra.report import Report, Table


def retrieval_page(report: Report, pictures: Sequence[tuple[str, bytes]]) -> str:
    """The page, which needs nothing beside it and no network.

    Arguments:
        report: of the retrieval.
        pictures: each a PNG with what it shows.
    """
    body = [f"<h1>{escape(report.title)}</h1>", f"<p class='from'>{_text(report.facts)}</p>"]
    body += [f"<p>{_text(sentence)}</p>" for sentence in report.sentences]
    body += [_table(table) for table in report.tables]
    body += [_picture(title, image) for title, image in pictures]
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


def _picture(title: str, image: bytes) -> str:
    return (
        f"<h2>{escape(title)}</h2><div class='scroll'>"
        f'<img style="max-width:100%" alt="{escape(title, quote=True)}" '
        f'src="data:image/png;base64,{base64.b64encode(image).decode("ascii")}"></div>'
    )


def _text(words: str) -> str:
    return markup(escape(words))
