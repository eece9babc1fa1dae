"""The notebooks of the documentation run from first cell to last, are stored without what they print, and
become pages.
"""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))


def code_cells(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text())["cells"] if "outputs" in cell]


def run_cell(source: str, names: dict[str, object]) -> object:
    """What a notebook would show of a cell: the value of its last line, where that is an expression."""
    lines = ast.parse(source)
    last = lines.body.pop() if isinstance(lines.body[-1], ast.Expr) else None
    exec(compile(lines, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last is not None else None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore:FigureCanvasAgg is non-interactive")
def test_a_notebook_runs(
    path: Path,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import matplotlib.pyplot as plt
    import pandas as pd

    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    shown = [run_cell(source, names) for source in code_cells(path)]
    drawn = plt.get_fignums()
    plt.close("all")
    assert any(isinstance(value, pd.DataFrame) and len(value) for value in shown)
    assert len(drawn) == 1
    assert capsys.readouterr().out


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    for cell in json.loads(path.read_text())["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_a_notebook_that_ran_is_a_page(site_modules: None) -> None:
    pytest.importorskip("nbclient")
    from nbformat import v4
    from notebook_pages import as_markdown  # type: ignore[import-not-found]

    frame = "<div>\n<style>p {}</style>\n<table border='1'>\n  <tr><td>0.5</td></tr>\n</table>\n</div>"
    outputs = [
        v4.new_output("stream", name="stdout", text="1,000 spectra\n"),
        v4.new_output("execute_result", data={"text/html": frame, "text/plain": "0.5"}),
        v4.new_output("display_data", data={"image/png": "iVBO\nRw0K", "text/plain": "<Figure>"}),
    ]
    cells = [v4.new_markdown_cell("# A first run"), v4.new_code_cell("show()", outputs=outputs)]
    page = as_markdown(v4.new_notebook(cells=cells), "first.ipynb")
    assert page.startswith("# A first run\n\n```python\nshow()\n```")
    assert "```text\n1,000 spectra\n```" in page
    assert "<table border='1'><tr><td>0.5</td></tr></table></div>" in page
    assert "<style>" not in page
    assert 'src="data:image/png;base64,iVBORw0K"' in page
    assert '<a href="first.ipynb" download>' in page
