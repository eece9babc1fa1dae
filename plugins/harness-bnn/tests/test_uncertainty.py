"""Epistemic and aleatoric variance, by the law of total variance."""

import csv

import pytest
import torch
from harness_bnn.estimators.bnn import BNN
from harness_bnn.estimators.concrete_dropout import ConcreteDropout
from harness_bnn.estimators.deep_ensemble import DeepEnsemble
from harness_bnn.estimators.plan_net import PlanNet
from harness_bnn.uncertainty import Uncertainty
from harness_bnn.weight_sampler import uncertainty_of

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.embedders.none import NoEmbedder
from harness.preprocessors.standardize import Standardize
from harness.training import TrainedEstimator

CHALLENGE = Toy.create({"train": 200, "valid": 30, "test": 5, "rows": 200}, name="toy")
SMALL = {"supervision": "parameters", "epochs": 2, "steps": 20, "width": 16, "depth": 1}


def fitted(kind: type[TrainedEstimator], **options) -> TrainedEstimator:
    estimator = kind.create(
        {**SMALL, **options},
        name=kind.__name__,
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
    return estimator


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (BNN, {"annealing": 0.0, "components": 2}),
        (PlanNet, {"members": 2}),
        (PlanNet, {"members": 2, "dropout": 0.3, "samples_per_pass": 3}),
        (ConcreteDropout, {"likelihood": "gaussian"}),
        (DeepEnsemble, {"members": 3}),
    ],
)
def test_the_two_parts_add_up_to_the_variance_of_the_samples(kind, options):
    n = 6000
    estimator = fitted(kind, **options)
    trained, observations = estimator.trained, CHALLENGE.test.observations
    parts = uncertainty_of(trained, observations, 2000, Run())
    features, generator = trained.featurizer.features(observations), torch.Generator().manual_seed(0)
    samples = estimator.sampler.standardised(trained.members, features, n, generator).double()
    fourth = (samples - samples.mean(1, keepdim=True)).pow(4).mean(1)
    error = ((fourth - parts.total.square()) / n).clamp(min=0).sqrt() + 0.02 * parts.total
    assert ((samples.var(1) - parts.total).abs() < 5 * error).all()
    assert (parts.epistemic > 0).all()
    assert (parts.aleatoric > 0).all()


def test_one_network_with_certain_weights_has_no_epistemic_part():
    parts = uncertainty_of(fitted(DeepEnsemble, members=1).trained, CHALLENGE.test.observations, 4, Run())
    assert float(parts.epistemic.abs().max()) == 0
    assert float(parts.epistemic_fraction.max()) == 0


def test_a_run_keeps_the_parts_of_every_planet_and_parameter(tmp_path):
    estimator = fitted(DeepEnsemble, members=2)
    estimator.sample(CHALLENGE.test.observations, 1000, Run())
    estimator.artifacts(tmp_path)
    with (tmp_path / "uncertainty.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["parameter"] for row in rows[:7]] == list(CHALLENGE.schema.parameter_names)
    assert [row["planet"] for row in rows[::7]] == list(CHALLENGE.test.observations.planet_ids)
    for row in rows:
        epistemic, aleatoric, total = (float(row[name]) for name in ("epistemic", "aleatoric", "total"))
        assert epistemic + aleatoric == pytest.approx(total, rel=1e-4)
        assert float(row["epistemic_fraction"]) == pytest.approx(epistemic / total, rel=1e-4)


def test_passes_that_agree_leave_only_their_own_variance():
    means = torch.tensor([1.0, 1.0, 3.0, 3.0]).reshape(2, 2, 1)
    variances = torch.tensor([0.2, 0.4, 0.1, 0.1]).reshape(2, 2, 1)
    parts = Uncertainty.of_passes(means, variances)
    assert torch.allclose(parts.aleatoric.flatten(), torch.tensor([0.3, 0.1], dtype=torch.float64))
    assert parts.epistemic.flatten().tolist() == [0, 0]


def test_learned_rates_are_kept_with_the_run(tmp_path):
    estimator = fitted(ConcreteDropout)
    estimator.artifacts(tmp_path)
    lines = (tmp_path / "dropout_rates.csv").read_text().splitlines()
    assert lines[0] == "member,layer,rate"
    assert len(lines) == 1 + 4  # the first layer, two of a block, and the last
    assert all(0 < float(line.split(",")[2]) < 1 for line in lines[1:])
