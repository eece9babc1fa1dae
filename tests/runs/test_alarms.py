"""The alarm of a run: beside its predictions, and afterwards."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import torch

import harness
from harness.challenges import Observations
from harness.challenges.toy import Toy
from harness.components import ForwardModel
from harness.components.run import Run
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.estimators.nearest import Nearest
from harness.runs.alarms import alarms_of_test
from harness.runs.fitted import FittedRun
from harness.runs.home import ALARM, ALARMS


@pytest.fixture(scope="module")
def toy() -> Toy:
    return Toy.create({"train": 900, "valid": 300, "test": 60, "rows": 1200, "traced": 0}, name="toy")


class Quick(Nearest):
    """Nearest neighbours that may be asked before they sample."""

    def sample_quickly(self, observations: Observations, n: int, run: Run) -> Posterior | None:
        return self.sample(observations, n, run)


@pytest.fixture(scope="module")
def quick(toy: Toy) -> Nearest:
    estimator = Quick.create({}, name="quick", schema=toy.schema)
    estimator.fit(toy.train, toy.valid, Run())
    return estimator


@pytest.fixture(scope="module")
def run_of_nearest(toy: Toy, tmp_path_factory: pytest.TempPathFactory) -> FittedRun:
    home = tmp_path_factory.mktemp("alarms")
    record = harness.run("nearest", toy, samples=1000, scorers=["r2"], home=home, quiet=True)
    assert record.seconds.alarm is not None
    return harness.open_run(record, home=home)


def surroundings(toy: Toy) -> Run:
    return Run(forward_model=toy.forward_model, forward_check=toy.forward_check)


def test_a_run_keeps_a_row_for_each_test_planet(run_of_nearest: FittedRun, toy: Toy) -> None:
    table = pd.read_csv(run_of_nearest.folder / ALARMS)
    assert list(table.columns) == ["planet_ID", "p_value", "distance", "distance_p_value"]
    assert table["planet_ID"].tolist() == toy.test.observations.names.tolist()
    assert table["p_value"].between(0, 1).all()


def test_the_same_spectra_alarm_the_same_afterwards(run_of_nearest: FittedRun, toy: Toy) -> None:
    first, again = (run_of_nearest.alarms(toy.test.observations) for _ in range(2))
    assert first is not None
    assert again is not None
    assert torch.equal(first.p_value, again.p_value)


def test_a_run_of_before_there_were_alarms_has_none(
    run_of_nearest: FittedRun, toy: Toy, tmp_path: Path
) -> None:
    assert replace(run_of_nearest, folder=tmp_path).alarms(toy.test.observations) is None


def test_a_damaged_file_is_refused(run_of_nearest: FittedRun, toy: Toy, tmp_path: Path) -> None:
    (tmp_path / ALARM).write_bytes(b"no tensors")
    with pytest.raises(HarnessError, match="not a readable safetensors file"):
        replace(run_of_nearest, folder=tmp_path).alarms(toy.test.observations)


def test_a_method_that_samples_quickly_has_a_chi_square_too(toy: Toy, quick: Nearest) -> None:
    _, alarms = alarms_of_test(quick, toy, surroundings(toy))
    assert alarms.chi_square is not None
    assert alarms.raised < 12
    by_distance = alarms_of_test(Nearest.create({}, name="nearest", schema=toy.schema), toy, Run())[1]
    assert torch.equal(by_distance.distance, alarms.distance)  # one draw of the noise for all methods


def test_a_forward_model_that_does_not_make_the_spectra_is_not_asked(toy: Toy, quick: Nearest) -> None:
    run = replace(surroundings(toy), forward_check=lambda: None)
    assert alarms_of_test(quick, toy, run)[1].chi_square is None


def test_without_the_challenge_at_hand_the_distance_alone_serves(
    run_of_nearest: FittedRun, toy: Toy, quick: Nearest, tmp_path: Path
) -> None:
    alarms_of_test(quick, toy, surroundings(toy))[0].save(tmp_path / ALARM)
    record = run_of_nearest.record
    gone = record.challenge.model_copy(update={"spec": f"simulated:{tmp_path / 'gone.h5'}", "options": {}})
    here, away = (
        replace(run_of_nearest, folder=tmp_path, estimator=quick, record=one)
        for one in (record, record.model_copy(update={"challenge": gone}))
    )
    both = here.alarms(toy.test.observations)
    assert both is not None
    assert both.chi_square is not None
    with pytest.warns(match="by the distance of spectra alone"):
        alone = away.alarms(toy.test.observations)
    assert alone is not None
    assert alone.chi_square is None
    assert torch.equal(alone.distance, both.distance)


def test_where_the_chi_square_fails_the_distance_alone_serves(toy: Toy, quick: Nearest) -> None:
    def missing() -> ForwardModel | None:
        raise HarnessError("No file.")

    run = replace(surroundings(toy), forward_model=missing)
    with pytest.warns(match="by the distance of spectra alone, because their chi-square failed: No file"):
        _, alarms = alarms_of_test(quick, toy, run)
    assert alarms.chi_square is None
    assert len(alarms.p_value) == len(toy.test)
