"""Effective sample size and log-evidence: kept with a run, and told of a spectrum of one's own."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from harness.cli import main
from harness.runs.home import Home

COLUMNS = ["planet_id", "effective_sample_size", "log_evidence", "log_evidence_error"]
COLUMNS += ["log_evidence_lower_bound"]

# retrievals too short to be good ones say so
pytestmark = pytest.mark.filterwarnings("ignore:.*retrievals were stopped at the limit")


def harness(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        table = csv.DictReader(file)
        assert table.fieldnames == COLUMNS
        return list(table)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home")
    chosen = ("forward=linear", "live=50", "effective=10", "calls=200", "workers=1")
    small = ("train=100", "valid=0", "test=2", "rows=200")
    settings = [f"--set=estimator.{one}" for one in chosen] + [f"--set=challenge.{one}" for one in small]
    harness("run", "--challenge", "toy", "--estimator", "nested-sampling", "--home", folder, *settings)
    return folder


def test_a_run_keeps_them_for_each_of_its_planets(home):
    table = rows(Home(home).find("latest") / "artifacts" / "evidence.csv")
    assert len({row["planet_id"] for row in table}) == 2
    for row in table:
        assert all(np.isfinite(float(row[column])) for column in COLUMNS[1:-1])
        assert row[COLUMNS[-1]] == ""  # no density proposed


def test_predict_tells_them_and_keeps_them_beside_the_samples(home, tmp_path):
    np.save(tmp_path / "s.npy", np.full(52, 8e-3))
    np.save(tmp_path / "n.npy", np.full(52, 1e-4))
    command = ("predict", "latest", tmp_path / "s.npy", "--noise", tmp_path / "n.npy", "--home", home)
    command = (*command, "--auxiliary", "star_distance=300", "--samples", 200, "-o", tmp_path)
    (planet,) = json.loads(harness(*command, "--json").stdout)["planets"]
    (row,) = rows(tmp_path / f"{planet['planet']}-evidence.csv")
    assert float(row["log_evidence"]) == pytest.approx(planet["log_evidence"], abs=1e-3)
    assert planet["log_evidence_error"] > 0
    assert planet["effective_sample_size"] >= 1
    assert "ln evidence" in harness(*command).stdout
