"""What the estimators learn, against posteriors that are known exactly."""

import math

import numpy as np
import pytest
import torch
from harness_bnn.estimators.bnn import BNN
from harness_bnn.estimators.concrete_dropout import ConcreteDropout
from harness_bnn.estimators.deep_ensemble import DeepEnsemble
from harness_bnn.estimators.mc_dropout import MCDropout
from harness_bnn.estimators.plan_net import PlanNet
from harness_bnn.frozen_weights import FrozenProposal
from harness_bnn.weight_sampler import uncertainty_of

from harness.challenges import Observations, Split
from harness.components import FunctionForwardModel
from harness.components.run import Run
from harness.data.schema import Parameter, Schema
from harness.data.truth import Truth
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize
from harness.training import TrainedEstimator

SIGMA = 0.05
SCHEMA = Schema(
    parameters=(
        Parameter(name="level", unit="", lower=0.0, upper=1.0),
        Parameter(name="slope", unit="", lower=0.0, upper=1.0),
    ),
    wavelength=(1.0, 2.0, 3.0),
    width=(0.1, 0.1, 0.1),
)
# of the spectrum on the parameters; with flat priors the posterior is normal, with this covariance
DESIGN = torch.tensor([[1.0, 1.0, 1.0], [0.0, 1.0, 2.0]], dtype=torch.float64)
COVARIANCE = SIGMA**2 * torch.linalg.inv(DESIGN @ DESIGN.T)


def planets(parameters: torch.Tensor) -> Split:
    """Spectra that are linear in both parameters, with noise SIGMA."""
    spectrum = 2 + parameters.double() @ DESIGN
    observations = Observations(
        np.array([f"planet{i}" for i in range(len(parameters))], dtype=np.str_),
        spectrum,
        torch.full_like(spectrum, SIGMA),
        torch.empty(len(parameters), 0, dtype=torch.float64),
    )
    return Split(observations, Truth(parameters.double()))


def fitted(kind: type[TrainedEstimator], run: Run | None = None, **options) -> TrainedEstimator:
    drawn = torch.rand(4000, 2, generator=torch.Generator().manual_seed(0))
    training = {"epochs": 4, "steps": 60, "width": 32, "depth": 1, "learning_rate": 1e-2}
    estimator = kind.create(
        {**training, **options},
        name="it",
        schema=SCHEMA,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(planets(drawn), planets(drawn[:200]), run or Run())
    return estimator


def compared(estimator: TrainedEstimator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Offsets of the mean and widths of the samples in exact standard deviations, and correlations."""
    seen = torch.tensor([[0.5, 0.5], [0.4, 0.6]])
    samples = estimator.sample(planets(seen).observations, 4000, Run()).samples.double()
    spread = COVARIANCE.diagonal().sqrt()
    correlations = torch.stack([torch.corrcoef(planet.T)[0, 1] for planet in samples])
    return (samples.mean(1) - seen) / spread, samples.std(1) / spread, correlations


@pytest.mark.parametrize(
    "options",
    [
        {"members": 2, "likelihood": "gaussian"},
        {"members": 1, "likelihood": "mixture", "components": 3, "adversarial": 0.01},
    ],
    ids=["gaussian", "mixture"],
)
def test_the_posterior_of_a_linear_model_is_recovered(options):
    offset, width, correlation = compared(fitted(DeepEnsemble, **options))
    assert (offset.abs() < 0.4).all()
    assert ((width > 0.8) & (width < 1.25)).all()
    exact = COVARIANCE[0, 1] / COVARIANCE.diagonal().prod().sqrt()
    assert torch.allclose(correlation, exact, atol=0.15)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (PlanNet, {"members": 1}),
        (PlanNet, {"members": 1, "dropout": 0.02}),
        (ConcreteDropout, {"likelihood": "gaussian"}),
        (BNN, {"likelihood": "gaussian"}),
        (BNN, {"likelihood": "gaussian", "last_layer_only": True}),
    ],
    ids=["plan-net", "plan-net-fixed-rate", "concrete-dropout", "bnn", "bnn-last-layer"],
)
def test_uncertain_weights_widen_it_and_leave_it_where_it_is(kind, options):
    offset, width, correlation = compared(fitted(kind, **options))
    assert (offset.abs() < 0.6).all()
    assert ((width > 0.9) & (width < 3)).all()
    assert (correlation < -0.2).all()


def test_the_density_integrates_to_one_and_is_that_of_the_samples():
    estimator = fitted(PlanNet, members=1, dropout=0.1, epochs=2)
    observations = planets(torch.tensor([[0.5, 0.5]])).observations
    axis = (torch.arange(150, dtype=torch.float64) + 0.5) / 150
    grid = torch.cartesian_prod(axis, axis)[None]
    density = estimator.log_prob(observations, grid, Run()).exp()[0]
    assert float(density.mean()) == pytest.approx(1, abs=0.02)
    samples = estimator.sample(observations, 5000, Run()).samples[0].double()
    mean = (grid[0] * density[:, None]).mean(0)
    assert torch.allclose(mean, samples.mean(0), atol=0.02)


def test_more_planets_leave_less_to_the_prior():
    few, many = (fitted(BNN, likelihood="gaussian", kl_weight=weight) for weight in (100.0, 1.0))
    observations = planets(torch.tensor([[0.3, 0.7]])).observations
    wide, narrow = (uncertainty_of(one.trained, observations, 128, Run()).total for one in (few, many))
    assert math.log(float(wide.mean() / narrow.mean())) > 0.5


LINEAR = Run(
    name="bnn",
    forward_model=lambda: FunctionForwardModel(lambda theta, *_: 2 + theta @ DESIGN.to(theta), "linear"),
)


def test_weights_make_the_posterior_of_a_hasty_network_exact():
    truth = torch.tensor([[0.4, 0.6]])
    hasty = fitted(BNN, run=LINEAR, epochs=1, steps=30, likelihood="gaussian", proposals=10)
    found = hasty.sample(planets(truth).observations, 2000, LINEAR)
    weights, samples = found.weights[0], found.samples[0].double()
    mean = weights @ samples
    apart = samples - mean
    covariance = apart.T @ (weights[:, None] * apart)
    deviation = COVARIANCE.diagonal().sqrt()
    assert ((mean - truth[0]).abs() < 0.2 * deviation).all()
    torch.testing.assert_close(covariance, COVARIANCE, rtol=0, atol=0.2 * float(COVARIANCE.abs().max()))


def test_what_is_proposed_has_the_density_that_is_told_of_it():
    """Its mean over uniform parameters, times their volume, is one: of each of two planets, in any order."""
    hasty = fitted(BNN, epochs=1, steps=20)
    proposal = FrozenProposal(hasty.trained, planets(torch.tensor([[0.4, 0.6], [0.2, 0.3]])).observations, 1)
    axis = (torch.arange(80) + 0.5) / 80
    grid = torch.cartesian_prod(axis, axis)[None].expand(2, -1, -1)
    both = proposal.log_density(grid)
    assert both.exp().mean(1).tolist() == pytest.approx([1, 1], abs=0.02)
    assert torch.allclose(proposal.log_density(grid[:1], torch.tensor([1]))[0], both[1], atol=1e-4)
    drawn = proposal.draw(4000, torch.Generator().manual_seed(0))
    inside = (drawn < 0.3).all(-1).double().mean(1)
    expected = (both.exp() * (grid < 0.3).all(-1)).mean(1)
    assert torch.allclose(inside, expected.double(), atol=0.03)


def test_predictions_that_are_points_cannot_be_weighted():
    estimator = MCDropout.create(
        {**MCDropout.contract_options, "proposals": 2},
        name="mc-dropout",
        schema=SCHEMA,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    some = planets(torch.rand(20, 2))
    with pytest.raises(HarnessError, match="'mc-dropout' has no density, without which proposals=2"):
        estimator.fit(some, some, Run(name="mc-dropout", forward_model=LINEAR.forward_model))
