"""The documentation site leads to every page, and its reference to everything that is installed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import harness
from harness.registry.plugins import registry

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def named(entry: Any) -> Iterator[str]:
    """The pages, and folders of pages, of a part of the navigation."""
    if isinstance(entry, str):
        yield entry
    else:
        for below in entry.values() if isinstance(entry, dict) else entry:
            yield from named(below)


def test_every_page_is_reached_by_the_navigation(site_modules: None) -> None:
    from repository import pages  # type: ignore[import-not-found]

    places = list(named(yaml.safe_load((ROOT / "site" / "mkdocs.yml").read_text())["nav"]))
    shown = [page for page in pages().values() if page.endswith(".md")]
    folders = tuple(place for place in places if place.endswith("/"))
    assert [page for page in shown if page not in places and not page.startswith(folders)] == []
    assert [place for place in places if not place.endswith("/") and place not in shown] == []
    assert len(set(places)) == len(places)


def test_links_lead_to_pages_of_the_site(site_modules: None) -> None:
    from repository import pages, with_links_of_the_site

    shown = pages()
    text = "[a](../../docs/weights.md#x) [b](../../README.md) [c](#here) [d](https://example.org/a.md)"
    assert with_links_of_the_site(text, "plugins/harness-npe/README.md", shown) == (
        "[a](../weights.md#x) [b](../index.md) [c](#here) [d](https://example.org/a.md)"
    )
    text = "[e](../plugins/harness-npe/README.md) [f](notebooks/first_run.ipynb) [g](gone.md)"
    assert with_links_of_the_site(text, "docs/guide.md", shown) == (
        "[e](plugins/harness-npe.md) [f](notebooks/first_run.md) [g](gone.md)"
    )


def test_the_reference_has_every_component_and_its_options(site_modules: None) -> None:
    from component_pages import component_pages  # type: ignore[import-not-found]

    found = component_pages()
    for one in registry():
        text = found[f"reference/{one.kind}s.md"].partition(f"\n## {one.name}\n")[2].partition("\n## ")[0]
        assert text, one.name
        for option in one.load().Options.model_fields:
            assert f"| `{option}` |" in text, f"{one.name}.{option}"


def test_the_reference_has_every_command_and_nothing_that_is_markup_by_accident(site_modules: None) -> None:
    from command_pages import command_page  # type: ignore[import-not-found]

    page = command_page()
    for words in ("harness", "harness run", "harness plugins new", "harness leaderboard compare"):
        assert f"\n## {words}\n" in page
    assert "| `--estimator`, `-e` |" in page
    rows = re.findall(r"^\|.*$", page, re.MULTILINE)
    assert rows
    assert {row.count("|") for row in rows} == {4}


def test_the_reference_has_every_public_name(site_modules: None) -> None:
    from python_pages import python_pages  # type: ignore[import-not-found]

    page = python_pages()["reference/harness.md"]
    for name in harness.__all__:
        assert f"heading: harness.{name}\n" in page


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_unless_a_job_says_more(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    tox = (ROOT / "tox.ini").read_text()
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            assert re.fullmatch(r"[\w-]+/[\w-]+@(release/)?v\d+", step.get("uses", "a/b@v1"))
            for environment in re.findall(r"tox -e (\S+)$", step.get("run", "")):
                known = f"[testenv:{environment}]" in tox
                assert environment == "py" or environment.startswith("${{") or known
