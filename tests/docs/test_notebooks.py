"""The notebooks of the documentation run from first cell to last, and are stored without what they print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("default")  # of the notebook's own machinery
def test_a_notebook_runs(path: Path, tmp_path: Path, site_modules: None) -> None:
    pytest.importorskip("ipykernel")
    pytest.importorskip("nbclient")
    from notebook_pages import as_markdown, executed  # type: ignore[import-not-found]

    page = as_markdown(executed(path, tmp_path), path.name)
    assert page.startswith("# ")
    assert "<table" in page
    assert "data:image/png;base64," in page


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    for cell in json.loads(path.read_text())["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
