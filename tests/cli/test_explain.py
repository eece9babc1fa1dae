"""`harness explain` asks any recorded run what it does with spectra."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from harness.cli import main
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.explain import inquiry
from harness.explain.explanation import Questions, explain
from harness.explain.findings import findings
from harness.explain.importance import Importance, Part
from harness.explain.inquiry import Estimate
from harness.explain.masking import Masked
from harness.runs.fitted import FittedRun, open_run

WAVELENGTH = np.linspace(0.9, 1.6, 8)


def harness(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of `nearest` and `prior`: `plain` and `blind` on noisy spectra, `toy` and `one` with traces."""
    folder = tmp_path_factory.mktemp("explain")
    generator = np.random.default_rng(0)
    parameters = generator.uniform([500, -13], [2900, 0], size=(240, 2))
    temperature, water = (parameters - [1700, -6.5]).T
    spectra = 1.5 + temperature[:, None] * 1e-4 + water[:, None] * 0.02 * np.sin(6 * WAVELENGTH)
    spectra[:, 7] = 1.4  # a channel that does not vary
    np.save(folder / "testing.npy", np.hstack([spectra, parameters]))
    np.save(folder / "wavelength.npy", WAVELENGTH)
    np.save(folder / "error_bars.npy", np.full(8, 0.005))
    description = {
        "metadata": {"names": ["$T (K)$", "H$_2$O"], "ranges": [[500, 2900], [-13, 0]], "num_features": 8},
        "training_data": "training.npy",
        "testing_data": "testing.npy",
    }
    (folder / "data.json").write_text(json.dumps(description))
    plain = ("--challenge", f"hela:{folder / 'data.json'}")
    toy = ("--challenge", "toy", "--set", "challenge.train=100", "--set", "challenge.valid=10")
    for arguments in (
        (*plain, "--estimator", "nearest", "--name", "plain"),
        (*plain, "--estimator", "prior", "--name", "blind"),
        (*toy, "--set", "challenge.test=6", "--estimator", "nearest", "--name", "toy"),
        (*toy, "--set", "challenge.test=1", "--estimator", "nearest", "--name", "one"),
    ):
        result = harness("run", "--home", folder, "--samples", 1000, *arguments)
        assert result.exit_code == 0, result.output
    return folder


def test_its_numbers_are_the_same_every_time(home: Path, tmp_path: Path) -> None:
    arguments = ("explain", "plain", "--home", home, "--planets", 8, "--samples", 100, "--json")
    first, second = (json.loads(harness(*arguments, "-o", tmp_path / "it.html").stdout) for _ in range(2))
    assert first == second
    assert first["measure"].endswith("against the true parameters")  # there are no traces
    importance = first["importance"]
    assert len(importance["channels"]) == 8
    # the signal of water is a sine: nothing is lost where it does not reach
    losses = {part["name"]: part["loss"] for part in importance["channels"]}
    assert losses["1.6"] == pytest.approx(0, abs=30)
    assert importance["everything"]["loss"] > max(losses.values())
    assert importance["everything"]["shift"]["T"] > 1
    (water,) = importance["bands"]
    assert water["name"] == "H₂O"
    assert "difference" in first["response"]["by"]
    assert [trial["points"][0]["strength"] for trial in first["robustness"]] == [1, 1, 3, 0.3, 1]
    strangest = first["drift"]["strangest"][0]
    assert strangest["nearest"][0].startswith("testing")
    assert [group["name"] for group in first["drift"]["groups"]] == ["test"]
    ends = next(group["name"] for group in first["groups"] if group["name"].startswith("T "))
    assert re.search(r" \d,\d{3}( K)?$", ends)  # not 1.27e+03


def test_it_writes_a_picture_and_a_page(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = harness("explain", "toy", "--home", home, "--samples", 100)
    assert result.exit_code == 0, result.output
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".png"]
    assert "'ariel-official' against the reference posteriors" in " ".join(result.stdout.split())
    (page,) = (path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html"))
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", page)
    for heading in ("What it looks at", "What it bears", "Which planets it fails on"):
        assert f"<h2>{heading}" in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("blind",), "answers the same whatever the spectrum"),
        (("one",), "toy has 1 test planet to ask about; it takes two to exchange"),
        (("plain", "--score", "ariel"), "have no reference posteriors"),
        (("plain", "--minutes", "1e-6"), "would take"),
        (("plain", "-o", "it.pdf"), "it.pdf is of no kind that can be drawn"),
        (("lost",), "lost"),
    ],
)
def test_bad_input_is_one_sentence(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = harness("explain", *arguments, "--home", home, "--samples", 100)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_what_chance_makes_is_called_by_no_name(home: Path) -> None:
    found = explain(open_run("plain", home=home), Questions(planets=8, samples=100))

    def by_chance(part: Part) -> Part:
        return replace(part, loss=Estimate(-0.2, 0.4, 50))

    seen = found.importance
    nothing = Importance(
        *(tuple(map(by_chance, parts)) for parts in (seen.channels, seen.bands, seen.facts)),
        by_chance(seen.everything),
    )
    masked = Masked("H2O", 3, Estimate(15, 15, 50), torch.ones(2), torch.ones(2))
    told = " ".join(findings(replace(found, importance=nothing, masked=(masked,))))
    assert "loses 0 ± 0, no more than chance: it hardly looks at the spectrum" in told
    assert "channel" not in told.partition("strongest")[0]  # a part of nothing has no name
    nothing = replace(nothing, everything=replace(seen.everything, loss=Estimate(90, 5, 50)))
    told = " ".join(findings(replace(found, importance=nothing, masked=(masked,))))
    assert "No single channel can be told that it would miss." in told
    assert "By molecule, all channels of a band exchanged, it loses no more than chance." in told
    assert "Nothing else that it sees can be told to matter." in told
    assert "Without the band of a molecule, whichever it is, it loses no more than chance." in told
    masked = replace(masked, loss=Estimate(15, 1, 50))
    told = " ".join(findings(replace(found, importance=nothing, masked=(masked,))))
    assert "of its spreads, which stay as wide." in told
    assert re.search(r"It scores \d+ on these planets; \d+% of its 68% intervals hold the truth\.", told)


def test_the_coverage_that_it_begins_with_is_that_of_spectra_with_noise(home: Path) -> None:
    found = explain(open_run("toy", home=home), Questions(samples=100))
    coverage = found.trials[0].points[1].coverage
    told = f"without noise; with noise drawn once, {coverage:.0%} of its 68% intervals hold the truth."
    assert next(findings(found)).endswith(told)


Slow = Callable[[float, float], None]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Let methods seem to take so many seconds for a question, and for each planet of it."""
    now = 0.0
    sample = FittedRun.sample

    def set_pace(first: float, each: float) -> None:
        def slowly(self: FittedRun, observations: Observations, n: int) -> Posterior:
            nonlocal now
            now += first + each * len(observations)
            return sample(self, observations, n)

        monkeypatch.setattr(FittedRun, "sample", slowly)

    monkeypatch.setattr(inquiry, "time", SimpleNamespace(monotonic=lambda: now))
    return set_pace


def test_a_method_that_takes_many_planets_together_is_not_refused(
    home: Path, tmp_path: Path, slow: Slow
) -> None:
    slow(10, 0.01)
    result = harness("explain", "plain", "--home", home, "--samples", 100, "-o", tmp_path / "it.html")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(("first", "each"), [(0, 4), (0, 1), (20, 10), (60, 3)])
def test_what_is_refused_can_be_asked_as_the_refusal_says(
    home: Path, tmp_path: Path, slow: Slow, first: float, each: float
) -> None:
    slow(first, each)
    arguments = ("explain", "plain", "--home", home, "--samples", 100, "-o", tmp_path / "it.html")
    refused = harness(*arguments)
    assert refused.exit_code == 2
    assert re.search(
        "and one about 60 would|however few planets", refused.stderr
    )  # for the groups of planets
    advice = re.findall(r"(--\w+) (\d+)", refused.stderr)
    assert advice, refused.stderr
    first_advice = advice if advice[0][0] == "--minutes" else advice[:1]
    result = harness(*arguments, *(word for pair in first_advice for word in pair))
    assert result.exit_code == 0, (refused.stderr, result.output)


@pytest.mark.parametrize(("planets", "clear"), [(1, False), (2, False), (4, False), (6, True), (100, True)])
def test_few_planets_must_lose_more_of_their_standard_errors(planets: int, clear: bool) -> None:
    assert Estimate(30, 5, planets).clear is clear
