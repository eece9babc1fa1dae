"""The second stage of a training, which learns from reference traces alone."""

from dataclasses import replace

import pytest
import torch
from harness_npe.estimators.distances import NPEMMD, NPEDdKS
from harness_npe.estimators.npe import NPE

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.data.truth import Truth
from harness.embedders.resmlp import ResMLP
from harness.errors import HarnessError, PluginWarning
from harness.preprocessors.standardize import Standardize
from harness.training import TrainedEstimator, trainer

CHALLENGE = Toy.create({"train": 120, "valid": 60, "test": 3, "rows": 200, "traced": 0.5}, name="toy")
KINDS = pytest.mark.parametrize("kind", [NPE, NPEMMD, NPEDdKS])
TUNED = {"fine_tuning": 3, "fine_tuning_planets": 4, "fine_tuning_rows": 8}


def unfitted(kind: type[TrainedEstimator] = NPE, **options) -> TrainedEstimator:
    small = {"supervision": "parameters", "epochs": 2, "steps": 4, "batch": 32, "transforms": 1}
    return kind.create(
        {**small, "hidden": (8,), **TUNED, **options},
        name="it",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=ResMLP.create({"width": 8, "context": 4, "depth": 1}),
    )


def fitted(kind: type[TrainedEstimator] = NPE, run: Run | None = None, **options) -> TrainedEstimator:
    estimator = unfitted(kind, **options)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, run or Run())
    return estimator


def same(one: TrainedEstimator, other: TrainedEstimator) -> bool:
    mine, its = one.state(), other.state()
    return mine.keys() == its.keys() and all(torch.equal(mine[name], its[name]) for name in mine)


def interrupt_in(stage: int, epoch: int):
    """A report that ends the training after an epoch of one of its stages, counted over all of its networks."""
    firsts = []

    def report(run, metrics):
        if metrics["epoch"] == 1:
            firsts.append(metrics)
        if len(firsts) == stage and metrics["epoch"] == epoch:
            raise KeyboardInterrupt

    return report


@KINDS
@pytest.mark.parametrize("stage, epoch", [(1, 1), (1, 2), (2, 1), (2, 3), (4, 2)])
def test_a_training_killed_in_either_stage_ends_as_an_unbroken_one(tmp_path, kind, stage, epoch):
    for name in ("broken", "whole"):
        (tmp_path / name).mkdir()
    with pytest.raises(KeyboardInterrupt):
        fitted(kind, Run(checkpoint=tmp_path / "broken", report=interrupt_in(stage, epoch)), members=2)
    resumed = fitted(kind, Run(checkpoint=tmp_path / "broken"), members=2)
    assert same(resumed, fitted(kind, Run(checkpoint=tmp_path / "whole"), members=2))


@KINDS
def test_both_stages_are_reported_and_recorded(tmp_path, kind):
    seen = []
    estimator = fitted(kind, Run(report=lambda run, metrics: seen.append(metrics)))
    assert [metrics["epoch"] for metrics in seen] == [1, 2, 1, 2, 3]
    assert estimator.history[:, 1].tolist() == [1, 2, 1, 2, 3]


@KINDS
def test_two_processes_learn_what_one_learns(monkeypatch, kind):
    monkeypatch.setattr(trainer, "WORTH_DIVIDING", 0)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        together = fitted(kind)
        torch.set_num_threads(1)
        assert same(together, fitted(kind))
    finally:
        torch.set_num_threads(before)
