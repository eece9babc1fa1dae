"""Training: the penalty's weight, the noise, and a training that is interrupted."""

import pytest
import torch
from harness_bnn.estimators.bnn import BNN
from harness_bnn.estimators.concrete_dropout import ConcreteDropout
from harness_bnn.estimators.deep_ensemble import DeepEnsemble
from harness_bnn.estimators.mc_dropout import MCDropout
from harness_bnn.penalised_likelihood import PenalisedLikelihood
from harness_bnn.training_noise import ScaledNoise

from harness.challenges.toy import Toy
from harness.components import Estimator
from harness.components.run import Run
from harness.data.observations import Observations
from harness.runs.assembly import build_estimator
from harness.runs.plan import plan_estimator
from harness.training import TrainingData

CHALLENGE = Toy.create({"train": 120, "valid": 30, "test": 3, "rows": 200, "traced": 0.2}, name="toy")
SMALL = {
    BNN: ("bnn", {"supervision": "mix", "epochs": 3, "steps": 4, "width": 8, "depth": 1}),
    ConcreteDropout: ("concrete-dropout", {"supervision": "mix", "epochs": 3, "steps": 4, "width": 8}),
    DeepEnsemble: ("deep-ensemble", {"members": 2, "adversarial": 0.1, "epochs": 3, "steps": 4, "width": 8}),
    MCDropout: ("mc-dropout", {"epochs": 3, "steps": 4, "dense": (8, 8)}),
}


def fitted(kind: type[Estimator], run: Run) -> Estimator:
    name, options = SMALL[kind]
    chosen, preprocessor, embedder = plan_estimator({name: options}, name, None, None)
    estimator = build_estimator(CHALLENGE.schema, chosen, preprocessor, embedder)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, run)
    return estimator


def interrupt_after(epochs: int):
    def report(run, metrics):
        if metrics["epoch"] == epochs:
            raise KeyboardInterrupt

    return report


@pytest.mark.parametrize("kind", SMALL)
def test_a_resumed_training_ends_as_an_unbroken_one(tmp_path, kind):
    (tmp_path / "broken").mkdir()
    (tmp_path / "whole").mkdir()
    with pytest.raises(KeyboardInterrupt):
        fitted(kind, Run(checkpoint=tmp_path / "broken", report=interrupt_after(2)))
    resumed = fitted(kind, Run(checkpoint=tmp_path / "broken")).state()
    unbroken = fitted(kind, Run(checkpoint=tmp_path / "whole")).state()
    assert resumed.keys() == unbroken.keys()
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)


def test_the_penalty_enters_by_and_by_and_counts_fully_in_validation():
    run = Run()
    estimator = fitted(BNN, run)
    sources = estimator.recipe().sources.find(CHALLENGE.train, CHALLENGE.valid, CHALLENGE.schema, run)
    data = TrainingData(
        sources,
        [],
        estimator.trained.featurizer,
        estimator.features,
        estimator.embedder,
        CHALLENGE.train,
        CHALLENGE.valid,
        run,
    )
    weighted, free = (PenalisedLikelihood(data, 16, weight, 0.5) for weight in (1.0, 0.0))
    network = estimator.trained.members[0]
    each = float(network.density.penalty()) / sources.train.planets
    (batch,) = free.epoch(1, 0.0, torch.Generator().manual_seed(0))
    for done, share in ((0.0, 0.0), (0.25, 0.5), (0.5, 1.0), (1.0, 1.0)):
        added = weighted.loss(network, batch, done).value - free.loss(network, batch, done).value
        assert float(added) == pytest.approx(share * each, rel=1e-3, abs=1e-4)
    assert weighted.validation(network) - free.validation(network) == pytest.approx(each, rel=1e-4)


def test_every_weight_gets_a_gradient():
    for kind in (BNN, ConcreteDropout, DeepEnsemble):
        estimator = fitted(kind, Run())
        density = estimator.trained.members[0].density.requires_grad_(True).train()
        theta, context = torch.randn(64, 7), torch.randn(64, density.n_context)
        (density.loss(theta, context).mean() + density.penalty()).backward()
        for name, parameter in density.named_parameters():
            assert parameter.grad is not None, name
            assert torch.isfinite(parameter.grad).all(), name
            assert (parameter.grad != 0).any(), name


@pytest.mark.parametrize("scale", [0.0, 0.5, 2.0])
def test_noise_is_drawn_in_units_of_that_of_the_observations(scale):
    ideal = Observations(None, torch.ones(50, 40), torch.full((50, 40), 0.1), torch.empty(50, 0))
    pairs = ScaledNoise(ideal, torch.zeros(50, 2), scale)
    drawn = pairs.draw(torch.arange(50), 2, torch.Generator().manual_seed(0))
    assert float((drawn.observations.spectrum - 1).std()) == pytest.approx(0.1 * scale, rel=0.05, abs=1e-9)
    assert float(drawn.observations.noise.max()) == pytest.approx(0.1)
