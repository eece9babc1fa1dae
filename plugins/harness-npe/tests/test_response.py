"""The gradient of a posterior's mean is what a small difference of the spectrum makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from harness.challenges import load
from harness.cli import main
from harness.explain.inquiry import Inquiry
from harness.explain.measure import Measure
from harness.explain.response import difference, gradient, is_differentiable
from harness.runs.fitted import open_run

TOY = {"train": 200, "valid": 20, "test": 4}
QUICK = {"epochs": 2, "steps": 60, "simulations": 400, "batch": 128, "hidden": "[32]", "transforms": 2}


def test_gradients_agree_with_small_differences(tmp_path: Path) -> None:
    chosen = [f"challenge.{key}={value}" for key, value in TOY.items()]
    chosen += [f"estimator.{key}={value}" for key, value in QUICK.items()] + ["embedder.width=64"]
    options = [word for one in chosen for word in ("--set", one)]
    arguments = ["run", "--challenge", "toy", "--estimator", "npe-kl", "--home", str(tmp_path), *options]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    fitted = open_run("latest", home=tmp_path)
    planets = load("toy", TOY).test
    inquiry = Inquiry(fitted, planets, 300, Measure("ariel", fitted.schema))
    assert is_differentiable(fitted.estimator)
    exact, measured = gradient(inquiry), difference(inquiry)
    assert exact.shape == measured.shape == (4, 7, 52)
    # one is a mean over random samples, the other of a step that is not small
    together = torch.stack([exact.mean(dim=0).flatten(), measured.mean(dim=0).flatten()])
    assert float(torch.corrcoef(together)[0, 1]) > 0.8
    assert float(together[0].norm() / together[1].norm()) == pytest.approx(1, abs=0.4)
