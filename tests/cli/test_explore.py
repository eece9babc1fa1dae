"""`harness explore` looks at the spectra of any challenge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Invoke = Callable[..., Result]

SMALL = (
    "--planets",
    "150",
    "--set",
    "toy.train=200",
    "--set",
    "toy.valid=0",
    "--set",
    "toy.test=4",
    "--components",
    "2",
    "-m",
    "pca",
)


def test_it_writes_a_picture_and_a_page_and_says_what_to_remember(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("explore", "toy", *SMALL)
    assert result.exit_code == 0, result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toy-explored.html", "toy-explored.png"]
    assert "principal components account for" in result.stdout
    assert (tmp_path / "toy-explored.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "toy-explored.html").read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", page)
    for heading in ("Principal components", "Groups in that plane", "Mean against spread", "Independent"):
        assert f"<h2>{heading}" in page


def test_its_numbers_are_the_same_every_time(invoke: Invoke, tmp_path: Path) -> None:
    arguments = ("explore", "toy", *SMALL, "--json", "-o", tmp_path / "it.html")
    first, second = (json.loads(invoke(*arguments).stdout) for _ in range(2))
    assert first == second
    assert first["planets"] == 200
    assert len(first["principal_components"]["directions"][0]) == 52
    assert sum(group["planets"] for group in first["clusters"]) == 200
    information = first["mutual_information"]["principal_components"]
    told = {(row["of"], row["with"]): row["value"] for row in information}
    assert len(told) == 2 * 7
    assert max(told.values()) > 0.2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--embedder", "resmlp"), "trained together with an estimator"),
        (("--embedder", "pac"), "did you mean 'pca'?"),
        (("-o", "it.pdf"), "it.pdf is of no kind that can be drawn"),
        (("-o", "nowhere/it.png"), "there is no folder nowhere"),
        (("--set", "toy.train=1"), "nothing to compare: 1 training planet; it takes two"),
        (("--set", "embedder.component=3"), "did you mean 'components'?"),
    ],
)
def test_bad_input_is_one_sentence(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("explore", "toy", *SMALL, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_what_too_few_planets_cannot_tell_is_left_out(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("explore", "toy", *SMALL, "--set", "toy.train=40", "-o", tmp_path / "it.html")
    assert result.exit_code == 0, result.stderr
    assert "takes at least 96 training planets to be told" in result.stderr
    assert "nan" not in re.sub(r"\{.*\}", "", (tmp_path / "it.html").read_text(encoding="utf-8"))


def test_a_folder_that_takes_no_files_is_told_before_anything_is_computed(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    result = invoke("explore", "nowhere", "-o", tmp_path / "it.png")
    assert result.exit_code == 2
    assert "is read-only" in result.stderr
