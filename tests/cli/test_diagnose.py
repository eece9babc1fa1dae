"""`harness diagnose` looks at whether the posteriors of a recorded run hold."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

from harness.challenges.toy import Toy
from harness.cli import main
from harness.data.posterior import Posterior
from harness.data.record import RunRecord
from harness.diagnose.calibration import Calibration
from harness.diagnose.diagnosis import Diagnosis
from harness.diagnose.findings import findings

WAVELENGTH = np.linspace(0.9, 1.6, 8)


def harness(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of `prior`: `plain` without traces and forward model, `toy` with both, `few` on five planets."""
    folder = tmp_path_factory.mktemp("diagnose")
    generator = np.random.default_rng(0)
    parameters = generator.uniform([500, -13], [2900, 0], size=(240, 2))
    spectra = 1.5 + parameters[:, :1] * 1e-4 + np.zeros(8)
    np.save(folder / "training.npy", np.hstack([spectra, parameters])[:200])
    np.save(folder / "testing.npy", np.hstack([spectra, parameters])[200:])
    np.save(folder / "wavelength.npy", WAVELENGTH)
    np.save(folder / "error_bars.npy", np.full(8, 0.005))
    description = {
        "metadata": {"names": ["$T (K)$", "H$_2$O"], "ranges": [[500, 2900], [-13, 0]], "num_features": 8},
        "training_data": "training.npy",
        "testing_data": "testing.npy",
    }
    (folder / "data.json").write_text(json.dumps(description))
    toy = ("--challenge", "toy", "--set", "challenge.train=1000", "--set", "challenge.valid=10")
    for name, arguments in {
        "plain": ("--challenge", f"hela:{folder / 'data.json'}"),
        "toy": (*toy, "--set", "challenge.test=30"),
        "few": (*toy, "--set", "challenge.test=5"),
        "bare": (*toy, "--set", "challenge.test=12"),
    }.items():
        result = harness(
            "run", "-e", "prior", "--home", folder, "--samples", 1000, *arguments, "--name", name
        )
        assert result.exit_code == 0, result.output
    for path in (folder / "runs").glob("*/record.json"):
        if json.loads(path.read_text())["label"] == "bare":
            (path.parent / "predictions.h5").unlink()
    return folder


def test_the_prior_holds_on_planets_drawn_from_it_and_is_far_from_the_references(
    home: Path, tmp_path: Path
) -> None:
    arguments = ("diagnose", "toy", "--home", home, "--planets", 6, "--json", "-o", tmp_path / "it.html")
    first, second = (json.loads(harness(*arguments).stdout) for _ in range(2))
    assert first == second
    assert len(first["planets"]) == 30
    assert all(0.01 < one["p_value"] <= 1 for one in first["parameters"].values())
    assert first["tarp"]["p_value"] > 0.01
    assert len(first["ddks"]["per_planet"]) == len(first["spectra"]["planets"]) == 6
    assert first["ddks"]["mean"] > 3 * first["ddks"]["floor"]
    page = (tmp_path / "it.html").read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", page)
    for heading in ("Ranks of the truth", "Coverage", "Posterior predictive spectra"):
        assert f"<h2>{heading}" in page


def test_what_a_challenge_does_not_have_is_left_out_and_said(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    result = harness("diagnose", "plain", "--home", home)
    assert result.exit_code == 0, result.output
    _, facts, *findings = result.stdout.splitlines()[:-2]
    assert facts.startswith("Run ")
    assert facts.endswith(".")
    assert len(findings) > 1
    assert all(line.startswith("- ") and line.endswith(".") for line in findings), "each on a line of its own"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".html", ".png"]
    assert "no reference posteriors" in result.stderr
    assert "no forward model" in result.stderr


def test_data_that_were_moved_are_found(home: Path, tmp_path: Path) -> None:
    for path in (*home.glob("*.npy"), home / "data.json"):
        shutil.copy(path, tmp_path)
    data = f"hela:{tmp_path / 'data.json'}"
    result = harness("diagnose", "plain", "--home", home, "--data", data, "-o", tmp_path / "it.html")
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("few",), "it takes 10 to tell"),
        (("bare",), "are not kept"),
        (("toy", "-o", "it.pdf"), "it.pdf is of no kind that can be drawn"),
        (("lost",), "lost"),
        (("plain", "--data", "toy"), "was made on 'hela'"),
    ],
)
def test_bad_input_is_one_sentence(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = harness("diagnose", *arguments, "--home", home)
    assert result.exit_code == 2
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert not list(tmp_path.iterdir())


def test_posteriors_of_one_sample_are_not_said_to_hold() -> None:
    generator = torch.Generator().manual_seed(0)
    toy = Toy.create({"train": 20, "valid": 5, "test": 40, "rows": 200}, name="toy")
    truth = toy.test.truth.parameters.double()
    samples = truth[:, None] + torch.rand(40, 500, truth.shape[1], generator=generator) / 10
    weights = torch.zeros(40, 500, dtype=torch.float64)
    weights[:, 0] = 1
    for weight, tells in ((weights, False), (torch.full_like(weights, 1 / 500), True)):
        calibration = Calibration.of(Posterior(samples, weight), truth, toy.schema, 0)
        assert calibration.tells is tells
    calibration = Calibration.of(Posterior(samples, weights), truth, toy.schema, 0)
    record = cast(RunRecord, None)  # of which a sentence needs nothing
    told = " ".join(findings(Diagnosis(record, toy, toy.test, calibration, "no references", "no model")))
    assert "By their weights the posteriors are 1.0 samples each" in told
    assert "look uniform" not in told
    assert "shows no clear fault" not in told
