"""A run is read back from its event files as TensorBoard reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import harness
from harness.challenges import load

pytestmark = pytest.mark.usefixtures("every_plugin")


def read(folder: Path) -> EventAccumulator:
    accumulator = EventAccumulator(str(folder))
    accumulator.Reload()
    return accumulator


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_metrics_and_scores_of_a_run_are_in_its_folder(tmp_path: Path) -> None:
    challenge = load("toy", {"train": 80, "valid": 20, "test": 4})
    options = {"estimator": {"trees": 20}}
    record = harness.run(
        "random-forest", challenge, settings=options, scorers=["r2"], home=tmp_path, quiet=True
    )
    folder = tmp_path / record.artifacts / "artifacts" / "tensorboard"
    epochs = read(folder)
    names = epochs.Tags()["scalars"]
    assert names
    for name in names:
        assert [event.step for event in epochs.Scalars(name)] == list(range(len(epochs.Scalars(name))))
    [score] = read(folder / "scores").Scalars("score/r2")
    assert score.value == pytest.approx(record.scores[0].value, rel=1e-6)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_run_that_is_served_again_is_not_written_twice(tmp_path: Path) -> None:
    challenge = load("toy", {"train": 80, "valid": 20, "test": 4})
    first, second = (
        harness.run("prior", challenge, scorers=["r2"], home=tmp_path, quiet=True, resume=True)
        for _ in range(2)
    )
    assert first.run_id == second.run_id
    assert len(list((tmp_path / first.artifacts).rglob("events*"))) == 1
