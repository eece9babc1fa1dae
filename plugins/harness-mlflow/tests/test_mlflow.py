"""A run is read back from MLflow's store with its options, metrics and scores."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from harness_mlflow import plugin

import harness
from harness.challenges import load
from harness.errors import PluginWarning

pytestmark = [
    pytest.mark.usefixtures("every_plugin"),
    pytest.mark.filterwarnings("ignore"),  # libraries under MLflow's store
]
SMALL = {"train": 80, "valid": 20, "test": 4}


@pytest.fixture(scope="module")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One without a run, which takes MLflow seconds to make."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.fixture
def where(new_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    address = f"sqlite:///{shutil.copyfile(new_store, tmp_path / 'mlflow.db')}"
    monkeypatch.setenv(plugin.WHERE, address)
    return address


def logged(where: str) -> list:
    from mlflow import MlflowClient

    client = MlflowClient(where)
    experiment = client.get_experiment_by_name(plugin.EXPERIMENT)
    return client.search_runs([experiment.experiment_id])


def test_a_run_is_logged_with_options_metrics_and_scores(where: str, tmp_path: Path) -> None:
    options = {"estimator": {"trees": 20}}
    record = harness.run(
        "random-forest", load("toy", SMALL), settings=options, scorers=["r2"], home=tmp_path, quiet=True
    )
    [run] = logged(where)
    assert run.info.status == "FINISHED"
    assert run.data.params["estimator.trees"] == "20"
    assert run.data.tags["harness.run_id"] == record.run_id
    assert run.data.metrics["score.r2"] == pytest.approx(record.scores[0].value)
    assert set(run.data.metrics) > {"score.r2", "seconds.fit"}


def test_a_server_that_is_not_there_holds_up_no_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in plugin.PATIENCE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(plugin.WHERE, "http://127.0.0.1:9")
    began = time.monotonic()
    with pytest.warns(PluginWarning, match="'harness-mlflow:mlflow' failed in run_started"):
        record = harness.run("prior", load("toy", SMALL), scorers=["r2"], home=tmp_path, quiet=True)
    assert record.status == "finished"
    assert time.monotonic() - began < 60  # MLflow alone tries for some minutes


def test_a_run_that_fails_is_logged_as_failed(where: str, tmp_path: Path) -> None:
    with pytest.raises(harness.HarnessError):
        harness.run("random-forest", load("toy", {**SMALL, "train": 1}), home=tmp_path, quiet=True)
    assert [run.info.status for run in logged(where)] == ["FAILED"]


def test_nothing_is_logged_where_no_store_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(plugin.WHERE, raising=False)
    monkeypatch.chdir(tmp_path)
    harness.run("prior", load("toy", SMALL), scorers=["r2"], home=tmp_path / "home", quiet=True)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
