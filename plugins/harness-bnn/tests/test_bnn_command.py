"""The estimators from the command line: when uncertainties are computed, and what is said to bad options."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result
from harness_bnn import weight_sampler

from harness.challenges import load
from harness.cli import main
from harness.runs.fitted import open_run
from harness.runs.home import Home

SMALL = {
    "challenge": {"train": 60, "valid": 20, "test": 3, "rows": 200},
    "embedder": {"filters": "[4,4,4]"},
    "estimator": {"epochs": 1, "steps": 4, "dense": "[16,8]", "uncertainty_passes": 4},
}


def harness(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def baseline(home: Path, *settings: str) -> Result:
    """`harness run` of mc-dropout on a small challenge; settings of the same name replace the small ones."""
    small = [f"{part}.{name}={value}" for part, options in SMALL.items() for name, value in options.items()]
    words = [word for setting in (*small, *settings) for word in ("--set", setting)]
    place = ("--home", home, "--samples", 1000, "--scorer", "r2")
    return harness("run", *place, "--challenge", "toy", "--estimator", "mc-dropout", *words)


def test_uncertainties_are_computed_once_in_a_run_and_not_while_it_samples(tmp_path, monkeypatch):
    calls, original = [], weight_sampler.uncertainty_of

    def counted(trained, observations, passes, run):
        calls.append(len(observations))
        return original(trained, observations, passes, run)

    monkeypatch.setattr(weight_sampler, "uncertainty_of", counted)
    result = baseline(tmp_path)
    assert result.exit_code == 0, result.output
    assert calls == [3]
    folder = Home(tmp_path).find("latest")
    log = (folder / "log.txt").read_text()
    assert log.index("sample took") < log.index("epistemic part of the variance")
    assert (folder / "artifacts" / "uncertainty.csv").exists()


def test_a_run_that_is_opened_again_samples_without_computing_uncertainties(tmp_path, monkeypatch):
    assert baseline(tmp_path).exit_code == 0
    monkeypatch.delattr(weight_sampler, "uncertainty_of")
    fitted = open_run(Home(tmp_path).find("latest"), torch.device("cpu"))
    observations = load("toy", SMALL["challenge"]).test.observations
    assert fitted.estimator.sample(observations, 1000, fitted.run).samples.shape == (3, 1000, 7)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("estimator.dense=[]", "Option 'dense' of mc-dropout is []"),
        ("estimator.dense=[0]", "Option 'dense.0' of mc-dropout is 0"),
        ("estimator.dense=[16,-5]", "Option 'dense.1' of mc-dropout is -5"),
        ("estimator.dropout=0", "Option 'dropout' of mc-dropout is 0"),
        ("embedder.filters=[]", "Option 'filters' of baseline-cnn is []"),
        ("embedder.filters=[0]", "Option 'filters.0' of baseline-cnn is 0"),
        ("embedder.filters=[4,-3]", "Option 'filters.1' of baseline-cnn is -3"),
    ],
)
def test_layers_of_no_units_are_refused_in_a_sentence(tmp_path, setting, sentence):
    result = baseline(tmp_path, setting)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert "Traceback" not in result.output
    assert not any((tmp_path / "runs").glob("*"))
