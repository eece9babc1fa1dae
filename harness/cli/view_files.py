"""Reports: where they are written, and what of them is printed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from harness.cli.figure_files import Kind, figure_kind, write_page, write_picture
from harness.cli.options import print_json
from harness.cli.terminal import PlainConsole, styled
from harness.figures.views import View
from harness.untrusted.words import printable

Files = list[tuple[Path, Kind]]


def requested(outputs: Sequence[Path], stem: str) -> Files:
    """The files to write and their kinds: those that were asked for, else a picture and a page of that name.

    Raises:
        HarnessError: one is of another kind, or its folder is not there.
    """
    paths = list(outputs) or [Path(f"{stem}.png"), Path(f"{stem}.html")]
    return [(path, figure_kind(path)) for path in paths]


def write_view(view: View, files: Files) -> None:
    """Write a report as every file that was asked for, each of them whole or not at all.

    Raises:
        HarnessError: a file cannot be written.
    """
    from harness.figures.views_page import view_page
    from harness.figures.views_picture import view_figure

    for path, kind in files:
        if kind == "html":
            write_page(view_page(view), path)
        else:
            write_picture(view_figure(view), path)


def deliver(view: View, files: Files, document: Callable[[], dict[str, Any]], as_json: bool) -> None:
    """Write a report, then print it: as JSON its document with the names of its files, else in words.

    Raises:
        HarnessError: a file cannot be written.
    """
    write_view(view, files)
    if as_json:
        print_json(document() | {"written": [str(path.absolute()) for path, _ in files]})
    else:
        show_findings(view, files)


def show_findings(view: View, files: Files) -> None:
    """Print what a report says in words, and the names of its files."""
    console = PlainConsole()
    console.print(styled((printable(view.title), "bold")))
    console.print(printable(view.facts))
    for sentence in view.findings:
        console.print(printable(f"- {sentence}"))
    for path, _ in files:
        console.print(printable(str(path)), soft_wrap=True)
    for note in view.notes:
        click.echo(printable(f"Note: {note}"), err=True)
