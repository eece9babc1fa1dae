"""Hooks that log runs to MLflow: options, the metrics of each epoch, and scores when a run has finished.

Nothing is logged unless MLFLOW_TRACKING_URI says where to. A run on a worker of a cluster is logged there.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from harness import hookimpl

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from harness.components.run import Run
    from harness.data.record import RunRecord

WHERE = "MLFLOW_TRACKING_URI"
EXPERIMENT = "ariel-harness"
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}  # unless said
LONGEST = 500  # characters of a value

_open: dict[str, tuple[str, int]] = {}  # of the runs going on: MLflow's id, and epochs so far


@hookimpl
def run_started(run: Run) -> None:
    """Begin a run of MLflow with every option as a parameter."""
    if not os.environ.get(WHERE):
        return
    client = _client(os.environ[WHERE])
    found = client.get_experiment_by_name(EXPERIMENT)
    experiment = client.create_experiment(EXPERIMENT) if found is None else found.experiment_id
    tags = {"harness.run_id": run.run_id, "harness.challenge": run.challenge}
    begun = client.create_run(experiment, run_name=run.label or run.name, tags=tags).info.run_id
    _open[run.run_id] = (begun, 0)
    options: dict[str, Any] = {"seed": run.seed, "device": run.device, "estimator": run.name}
    for component in run.components.values():
        options |= {f"{component.kind}.{name}": value for name, value in component.options.items()}
    for name, value in options.items():
        client.log_param(begun, name, str(value)[:LONGEST])


@hookimpl
def epoch_finished(run: Run, metrics: Mapping[str, float]) -> None:
    """Log the metrics at the number of the epoch (or tree batch, or round)."""
    if run.run_id not in _open:
        return
    begun, epoch = _open[run.run_id]
    for name, value in metrics.items():
        _client(os.environ[WHERE]).log_metric(begun, name, value, step=epoch)
    _open[run.run_id] = (begun, epoch + 1)


@hookimpl
def run_finished(record: RunRecord) -> None:
    """Log scores and seconds, and end the run; one that is served again was ended before."""
    metrics = {f"score.{one.scorer.name}": one.value for one in record.scores if one.value is not None}
    metrics |= {f"seconds.{stage}": value for stage, value in record.seconds if value is not None}
    _end(record, "FINISHED", metrics)


@hookimpl
def run_failed(record: RunRecord) -> None:
    """End the run as failed, or as killed where it was interrupted."""
    _end(record, "KILLED" if record.status == "interrupted" else "FAILED", {})


def _end(record: RunRecord, status: str, metrics: Mapping[str, float]) -> None:
    begun, _ = _open.pop(record.run_id, (None, 0))
    if begun is None:
        return
    client = _client(os.environ[WHERE])
    for name, value in metrics.items():
        client.log_metric(begun, name, value)
    client.set_terminated(begun, status)


@cache
def _client(where: str) -> MlflowClient:
    """A client that gives up within seconds: a server that is not there is no reason to hold up a run."""
    from mlflow import MlflowClient

    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    return MlflowClient(where)
