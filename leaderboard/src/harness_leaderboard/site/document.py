"""One static page: what it may do is said in it, and that is next to nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib import resources
from typing import Any

from harness.untrusted.words import printable
from harness_leaderboard.snapshot.page import SCRIPT, STYLE

FILES = resources.files("harness_leaderboard.site") / "files"


def page(title: str, body: str, data: dict[str, Any] | None = None, tab: str | None = None) -> str:
    """A page that needs nothing beside it.

    Its policy lets a browser load nothing, and run only the script that is written here, by its hash: a label
    that got past every quoting could still do nothing.

    Arguments:
        title: text.
        body: HTML.
        data: for the script, as the element "planets".
        tab: the title as a browser's tab and its bookmarks have it, where it says more.
    """
    style = STYLE + (FILES / "board.css").read_text(encoding="utf-8")
    script = SCRIPT + (FILES / "board.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )
    embedded = (
        "" if data is None else f'<script type="application/json" id="planets">{_json(data)}</script>\n'
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{shown(tab or title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{shown(title)}</h1>\n{body}\n</main>\n{embedded}<script>{script}</script>\n</body>\n</html>\n"
    )


def shown(text: str) -> str:
    """Text as HTML that is nothing but text, inside an element or a quoted attribute."""
    return escape(printable(text))


def _json(data: dict[str, Any]) -> str:
    """JSON in which nothing ends a script: every < is written as its number."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
