"""The second stage of a training, which learns from reference traces alone."""

import math

import pytest
import torch
from harness_npe.distance_objective import FinalWeights, LikelihoodAndDistanceOfTraces
from harness_npe.estimators.distances import NPEMMD, NPEDdKS
from harness_npe.estimators.npe import NPE

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.embedders.resmlp import ResMLP
from harness.errors import HarnessError, PluginWarning
from harness.metrics import mmd
from harness.preprocessors.standardize import Standardize
from harness.training import MaximumLikelihood, TrainedEstimator, TrainingData, trainer
from harness.training.fine_tuning import traces_alone

CHALLENGE = Toy.create({"train": 120, "valid": 60, "test": 3, "rows": 200, "traced": 0.5}, name="toy")
KINDS = pytest.mark.parametrize("kind", [NPE, NPEMMD, NPEDdKS])
SMALL = {"supervision": "parameters", "epochs": 2, "steps": 4, "batch": 32, "transforms": 1, "hidden": (8,)}
TUNED = {"fine_tuning": 3, "fine_tuning_planets": 4, "fine_tuning_rows": 8}


def unfitted(kind: type[TrainedEstimator] = NPE, **options) -> TrainedEstimator:
    return kind.create(
        {**SMALL, **TUNED, **options},
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


def killed_in(training: int, epoch: int):
    """A report that ends all after an epoch of one of the trainings, of two stages for each network."""
    begun = []

    def report(run, metrics):
        if metrics["epoch"] == 1:
            begun.append(metrics)
        if len(begun) == training and metrics["epoch"] == epoch:
            raise KeyboardInterrupt

    return report


@pytest.mark.parametrize(("kind", "training", "epoch"), [(NPE, 1, 2), (NPE, 2, 1), (NPEMMD, 4, 2)])
def test_a_training_killed_in_either_stage_ends_as_an_unbroken_one(tmp_path, kind, training, epoch):
    members = 2 if training > 2 else 1
    for name in ("broken", "whole"):
        (tmp_path / name).mkdir()
    with pytest.raises(KeyboardInterrupt):
        fitted(kind, Run(checkpoint=tmp_path / "broken", report=killed_in(training, epoch)), members=members)
    resumed = fitted(kind, Run(checkpoint=tmp_path / "broken"), members=members)
    assert same(resumed, fitted(kind, Run(checkpoint=tmp_path / "whole"), members=members))


@KINDS
def test_both_stages_are_reported_and_recorded(kind):
    seen = []
    estimator = fitted(kind, Run(report=lambda run, metrics: seen.append(metrics)))
    assert [metrics["epoch"] for metrics in seen] == [1, 2, 1, 2, 3]
    assert estimator.history[:, 1].tolist() == [1, 2, 1, 2, 3]


@pytest.mark.parametrize("kind", [NPE, NPEMMD])
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


@KINDS
def test_a_second_stage_that_only_makes_it_worse_changes_nothing(kind):
    """Steps so long that no epoch is better on traces held out."""
    first = fitted(NPE, fine_tuning=0)
    second = fitted(kind, fine_tuning_rate=1.0, fine_tuning=1)
    mine, its = (
        first.trained.networks["member-0"].state_dict(),
        second.trained.networks["member-0"].state_dict(),
    )
    assert all(torch.equal(mine[name], its[name]) for name in mine)


def test_it_learns_what_traces_say_where_they_disagree_with_the_parameters():
    options = {"fine_tuning": 20, "fine_tuning_rate": 1e-2, "steps": 10}
    before, after = (fitted(NPE, **{**options, "fine_tuning": epochs}).history[-1, 3] for epochs in (1, 20))
    assert after < before - 1


def test_the_time_budget_holds_for_both_stages():
    with pytest.warns(PluginWarning) as told:
        estimator = fitted(run=Run(time_budget=1e-3), epochs=500, fine_tuning=500)
    assert len(estimator.history) == 2
    assert ["member 1 on traces" in str(one.message) for one in told] == [False, True]


@KINDS
def test_without_traces_it_says_so(kind):
    without = Toy.create({"train": 60, "valid": 5, "test": 2, "rows": 200, "traced": 0.0}, name="toy")
    reason = r"with fine_tuning=3 learns from the traces .* fine_tuning=0 does not need any"
    with pytest.raises(HarnessError, match=reason):
        unfitted(kind).fit(without.train, without.valid, Run())


def test_a_step_of_the_distance_learns_from_the_very_rows_that_one_of_the_likelihood_does():
    found: list[TrainingData] = []

    class Spied(NPE):
        def recipe(self):
            recipe = super().recipe()
            learn = recipe.learner.learn
            recipe.learner.learn = lambda data: (found.append(data), learn(data))[1]
            return recipe

    fitted(Spied, epochs=1, steps=1, fine_tuning=1)
    data = traces_alone(found[0], 8)
    weights = FinalWeights(0.0, 1.0, 0.3, 3.0)
    likelihood = MaximumLikelihood(data, 32)
    distance = LikelihoodAndDistanceOfTraces(data, lambda a, b, _: mmd(a, b), weights, 4, 8)
    of_likelihood, of_distance = (
        list(one.epoch(3, 0.0, torch.Generator().manual_seed(1))) for one in (likelihood, distance)
    )
    for one, other in zip(of_likelihood, of_distance, strict=True):
        assert torch.allclose(one.features, other.pairs.features, atol=1e-5)
        assert torch.allclose(one.parameters, other.pairs.parameters, atol=1e-5)


def test_an_epoch_is_ten_passes_through_the_traces_at_most():
    """Of all planets with a trace, 27 at each step."""
    seen = []

    class Counted(MaximumLikelihood):
        def epoch(self, steps, done, generator):
            seen.append(steps)
            return super().epoch(steps, done, generator)

    class CountedNPE(NPE):
        def recipe(self):
            return self.options.recipe(self.schema, tuning=lambda data: Counted(data, 27 * 8))

    fitted(CountedNPE, epochs=1, steps=30, fine_tuning=1, fine_tuning_planets=27)
    assert seen == [math.ceil(10 * CHALLENGE.train.truth.n_traces / 27)]
