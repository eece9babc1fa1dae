"""Every distribution has the version that one file names, and so has what is cited."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECTS = sorted([ROOT / "pyproject.toml", *ROOT.glob("leaderboard/*.toml"), *ROOT.glob("plugins/*/*.toml")])
VERSION = (ROOT / "VERSION").read_text().strip()


@pytest.mark.parametrize("path", PROJECTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_distribution_has_the_version_that_the_file_names(path: Path) -> None:
    document = tomllib.loads(path.read_text())
    assert document["project"]["dynamic"] == ["version"]
    read = document["tool"]["hatch"]["version"]
    assert (path.parent / read["path"]).resolve() == ROOT / "VERSION"


def test_what_is_cited_is_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    core = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["cff-version"] == "1.2.0"
    assert str(citation["version"]) == VERSION == importlib.metadata.version("ariel-harness")
    assert citation["title"] == core["name"]
    assert citation["license"] == core["license"]
    assert citation["message"]
    assert all(author["name"] for author in citation["authors"])
