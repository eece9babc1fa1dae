"""The documentation speaks of what exists, and of everything that exists."""

from __future__ import annotations

import re
import subprocess
import textwrap
from pathlib import Path

import click
import pytest

from harness.cli import main
from harness.components.settings import read_config
from harness.data.record import RunRecord
from harness.registry import hookspecs
from harness.registry.plugins import registry

ROOT = Path(__file__).parents[2]
DOCS = sorted(
    [
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("*.md"),
        *ROOT.glob("[!.]*/README.md"),
        *ROOT.glob("plugins/*/*.md"),
    ]
)


def hooks() -> list[str]:
    return [name for name, value in vars(hookspecs).items() if hasattr(value, "harness_spec")]


@pytest.mark.parametrize("hook", hooks())
def test_every_hook_is_documented(hook: str) -> None:
    assert f"`{hook}(" in (ROOT / "docs/plugins.md").read_text()
    assert getattr(hookspecs, hook).__doc__


@pytest.mark.parametrize("field", RunRecord.model_fields)
def test_every_field_of_the_record_is_documented(field: str) -> None:
    assert f"`{field}`" in (ROOT / "docs/record.md").read_text()


def test_every_scorer_and_challenge_is_documented() -> None:
    scores, guide = (ROOT / "docs/scores.md").read_text(), (ROOT / "docs/guide.md").read_text()
    for one in registry():
        if one.distribution == "ariel-harness" and one.kind in ("scorer", "challenge"):
            assert f"`{one.name}" in (scores if one.kind == "scorer" else guide)


def test_every_option_of_run_is_documented() -> None:
    guide = (ROOT / "docs/guide.md").read_text()
    for parameter in command("run").params:
        for option in parameter.opts:
            if option.startswith("--"):
                assert f"`{option}" in guide, option


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)", path.read_text()):
        if not target.startswith(("http://", "https://")):
            there = path.parent / target if target else path
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), f"{target}#{anchor}"


def anchors(path: Path) -> set[str]:
    """Of the headings of a page, as far as GitHub and the documentation site call them alike."""
    found = set()
    for heading in re.findall(r"^#{1,6} (.*)$", path.read_text(), re.MULTILINE):
        plain = re.sub(r"[^\w\s-]", "", re.sub(r"\]\([^)]*\)", "]", heading)).strip().lower()
        if re.sub(r"\s", "-", plain) == (site := re.sub(r"[-\s]+", "-", plain)):
            found.add(site)
    return found


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_and_option_that_is_shown_exists(path: Path) -> None:
    for line in re.findall(r"^(?: {4}|.*&& (?:\S*/)?)harness (.*)$", path.read_text(), re.MULTILINE):
        words = re.split(r"\s{2,}|&&|\|", line)[0].split()
        current: click.Command = main
        while words and isinstance(current, click.Group) and not words[0].startswith("-"):
            following = current.get_command(click.Context(current), words.pop(0))
            assert following is not None, line
            current = following
        known = {option for parameter in current.params for option in parameter.opts} | {"--help"}
        for word in words:
            if word.startswith("-") and not word[1:2].isdigit():  # -4 is a value
                assert word.partition("=")[0] in known, line


def test_the_configuration_file_that_is_shown_can_be_read(tmp_path: Path) -> None:
    guide = (ROOT / "docs/guide.md").read_text()
    shown = guide.partition("A configuration file holds the same:")[2].partition("A single seed")[0]
    path = tmp_path / "run.toml"
    path.write_text(textwrap.dedent(shown.strip("\n")))
    keys, tables = read_config(path)
    assert keys["estimators"] == ["random-forest", "nearest"]
    assert set(tables) == {"hela", "nearest"}


def test_readme_has_exactly_two_commands_to_copy() -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    assert all(len(block.splitlines()) == 1 for block in blocks)


def test_no_path_of_a_machine_is_in_the_repository() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    here = str(ROOT.parent) + "/"
    for name in filter(None, tracked):
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".ini", ".yaml", ".tmpl", ""):
            assert here not in path.read_text(errors="ignore"), name


def command(name: str) -> click.Command:
    found = main.get_command(click.Context(main), name)
    assert found is not None
    return found
