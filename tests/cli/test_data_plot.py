"""`harness data plot` draws the planets of any challenge."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Invoke = Callable[..., Result]

SMALL = (
    "--set",
    "challenge.train=30",
    "--set",
    "challenge.valid=0",
    "--set",
    "challenge.test=12",
    "--set",
    "challenge.rows=200",
)


def is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG")


def test_a_population_is_drawn_as_picture_and_as_page(
    invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("data", "plot", "toy", *SMALL)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.split() == ["toy.png", "toy.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["toy.html", "toy.png"]
    assert is_picture(tmp_path / "toy.png")


def test_a_planet_is_drawn_with_its_trace_and_its_place(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("data", "plot", "toy", *SMALL, "--planet", "test3", "-o", tmp_path / "it.png")
    assert result.exit_code == 0, result.stderr
    written = [Path(line) for line in result.stdout.split()]
    assert [path.name for path in written] == ["it.png", "it-corner.png", "it-population.png"]
    assert all(is_picture(path) for path in written)
    assert result.stderr == ""


def test_a_page_needs_nothing_beside_it(invoke: Invoke, tmp_path: Path) -> None:
    page = tmp_path / "it.html"
    result = invoke("data", "plot", "toy", *SMALL, "--planet", "test3", "-o", page)
    assert result.exit_code == 0, result.stderr
    text = page.read_text(encoding="utf-8")
    assert text.count("<script") == 3  # the figures, plotly.js once, and what draws them
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", text)
    assert "<h1>test3 (test)</h1>" in text
    for heading in ("Spectrum", "Trace", "Parameters", "Correlations"):
        assert f">{heading}</h" in text


def test_what_there_is_not_to_draw_is_said(
    invoke: Invoke, tmp_path: Path, release_of: Callable[..., Path]
) -> None:
    page = tmp_path / "it.html"
    result = invoke("data", "plot", f"hela:{release_of()}", "--planet", "testing0", "-o", page)
    assert result.exit_code == 0, result.stderr
    assert "no forward model" in result.stderr
    assert "no trace" in result.stderr
    assert "no trace" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--planet", "tset3"), "has no planet 'tset3' (did you mean 'test3'?)"),
        (("--planet", "test3", "--split", "train"), "no planet in 'train' named 'test3'"),
        (("--split", "tset"), "has no split 'tset' (did you mean 'test'?)"),
        (("--split", "valid"), "no planets in the split 'valid'"),
        (("-o", "it.pdf"), "it.pdf is of no kind that can be drawn"),
        (("-o", "/no/such/folder/it.png"), "there is no folder /no/such/folder"),
        (("--set", "toy.trian=5"), "has no option 'trian'"),
    ],
)
def test_wrong_input_is_one_sentence(
    invoke: Invoke,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("data", "plot", "toy", *SMALL, *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert list(tmp_path.glob("*.png")) == list(tmp_path.glob("*.html")) == []


@pytest.fixture
def release_of(tmp_path: Path) -> Callable[..., Path]:
    """Write a small dataset in HELA's format: 13 channels in per cent, two parameters."""
    import json

    import numpy as np

    def write() -> Path:
        folder = tmp_path / "hela"
        folder.mkdir()
        generator = np.random.default_rng(0)
        rows = np.column_stack(
            [
                generator.normal(1.5, 0.1, (40, 13)),
                generator.uniform(500, 2900, 40),
                generator.uniform(-13, 0, 40),
            ]
        )
        np.save(folder / "testing.npy", rows)
        np.save(folder / "wavelength.npy", np.linspace(0.84, 1.67, 13))
        np.save(folder / "error_bars.npy", np.full(13, 0.005))
        description = {
            "metadata": {
                "names": ["T (K)", "H$_2$O"],
                "ranges": [[500, 2900], [-13, 0]],
                "num_features": 13,
            },
            "training_data": "training.npy",
            "testing_data": "testing.npy",
        }
        (folder / "example.json").write_text(json.dumps(description))
        return folder

    return write
