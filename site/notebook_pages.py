"""A notebook as a page: run from the first cell to the last, with what it prints and draws."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

SECONDS = 120  # that a cell may take


def executed(path: Path, folder: Path) -> NotebookNode:
    """The notebook of a file, its cells run in a folder, and with a home there.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    # a debugger that nobody attaches warns of frozen modules
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    client = NotebookClient(notebook, timeout=SECONDS, resources={"metadata": {"path": str(folder)}})
    return client.execute(env=os.environ | {"HARNESS_HOME": str(folder / "home")})


def as_markdown(notebook: NotebookNode, name: str) -> str:
    """A notebook as a page, with a link to the file itself beside it.

    Arguments:
        notebook: with the outputs of its cells.
        name: of its file.
    """
    parts = [_cell(cell) for cell in notebook.cells]
    return "\n\n".join([*parts, f'<p><a href="{name}" download>This notebook as a file</a></p>\n'])


def _cell(cell: NotebookNode) -> str:
    if cell.cell_type != "code":
        return str(cell.source)
    shown = [_output(output) for output in cell.outputs]
    return "\n\n".join([_fenced(cell.source, "python"), *filter(None, shown)])


def _output(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return _fenced(output.text, "text") if output.name == "stdout" else ""
    data = output.get("data", {})
    if "image/png" in data:
        encoded = "".join(data["image/png"].split())
        return f'<p><img alt="what the cell draws" src="data:image/png;base64,{encoded}"></p>'
    if "text/html" in data:
        lines = [line.strip() for line in data["text/html"].split("<table")[-1].splitlines()]
        return '<div class="output"><table ' + "".join(lines).replace("</div>", "") + "</div>"
    return _fenced(data.get("text/plain", ""), "text")


def _fenced(text: str, language: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"
