"""Samples weighted by the forward model: the posterior whatever the density proposes."""

import math

import numpy as np
import pytest
import torch
from harness_npe.estimators.npe import NPE
from harness_npe.importance import ImportanceSampling
from scipy.stats import kstest, norm

from harness.challenges import Observations, Split
from harness.components import FunctionForwardModel
from harness.components.run import Run
from harness.data.schema import Parameter, Schema
from harness.data.truth import Truth
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError, PluginWarning
from harness.preprocessors.standardize import Standardize

SIGMA = 0.05
SCHEMA = Schema(
    parameters=(Parameter(name="level", unit="", lower=0.0, upper=1.0),),
    wavelength=(1.0, 2.0),
    width=(0.1, 0.1),
)


def model(function) -> FunctionForwardModel:
    return FunctionForwardModel(function, "a function of this test")


forward = model(lambda parameters, star_radius, planet_mass: parameters.expand(-1, 2))


def generator():
    return torch.Generator().manual_seed(3)


def observed(level: torch.Tensor) -> Observations:
    spectrum = level[:, None].expand(-1, 2).double()
    names = np.array([f"planet{i}" for i in range(len(level))], dtype=np.str_)
    return Observations(
        names, spectrum, torch.full_like(spectrum, SIGMA), torch.empty(len(level), 0).double()
    )


def planets(level: torch.Tensor) -> Split:
    return Split(observed(level), Truth(level[:, None].double()))


def barely_trained(run: Run, **options) -> NPE:
    estimator = NPE.create(
        {"epochs": 1, "steps": 3, "transforms": 1, "hidden": (8,), "supervision": "parameters", **options},
        name="npe-kl",
        schema=SCHEMA,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(planets(torch.linspace(0.01, 0.99, 200)), planets(torch.linspace(0.1, 0.9, 30)), run)
    return estimator


def test_the_samples_of_a_density_that_has_hardly_learned_become_those_of_the_posterior():
    run = Run(forward_model=lambda: forward)
    seen = planets(torch.tensor([0.3, 0.6]))
    weighted = barely_trained(run, proposals=20).sample(seen.observations, 2000, run).samples[..., 0]
    plain = barely_trained(run).sample(seen.observations, 2000, run).samples[..., 0]
    for row, level in enumerate([0.3, 0.6]):
        exact = norm(level, SIGMA / math.sqrt(2)).cdf
        assert kstest(weighted[row].numpy(), exact).statistic < 0.05
        assert kstest(plain[row].numpy(), exact).statistic > 0.2


def test_proposals_of_the_posterior_itself_are_all_kept():
    """Weights are then equal, and the effective sample size is the number of proposals."""
    posterior = torch.distributions.Normal(0.5, SIGMA / math.sqrt(2))
    torch.manual_seed(0)
    proposals = posterior.sample((1, 300, 1))
    weighting = ImportanceSampling(forward, SCHEMA)
    log_density = posterior.log_prob(proposals[..., 0])
    kept = weighting.resampled(observed(torch.tensor([0.5])), proposals, log_density, 300, generator())
    assert set(kept.flatten().tolist()) == set(proposals.flatten().tolist())
    assert float(weighting.effective[0]) == pytest.approx(300, rel=1e-4)


def test_proposals_that_are_not_numbers_or_make_no_planet_are_never_kept():
    def partly(parameters, star_radius, planet_mass):
        return torch.where(parameters > 0.5, torch.nan, parameters).expand(-1, 2)

    proposals = torch.tensor([0.45, 0.55, torch.nan, 0.4]).reshape(1, 4, 1)
    weighting = ImportanceSampling(model(partly), SCHEMA)
    kept = weighting.resampled(
        observed(torch.tensor([0.5])),
        proposals,
        torch.tensor([[0.0, 0.0, torch.nan, torch.inf]]),
        50,
        generator(),
    )
    assert set(kept.flatten().tolist()) == {proposals[0, 0, 0].item()}


def test_a_planet_that_no_proposal_explains_keeps_its_proposals():
    proposals = torch.tensor([0.2, 0.8]).reshape(1, 2, 1)
    weighting = ImportanceSampling(model(lambda *told: torch.full((2, 2), torch.nan)), SCHEMA)
    kept = weighting.resampled(observed(torch.tensor([0.5])), proposals, torch.zeros(1, 2), 10, generator())
    assert set(kept.flatten().tolist()) == set(proposals.flatten().tolist())


def test_few_effective_samples_are_reported():
    run = Run(forward_model=lambda: forward)
    estimator = barely_trained(run, proposals=1)
    with pytest.warns(PluginWarning, match="1 of 1 posteriors rest on fewer than 100 effective samples"):
        estimator.sample(planets(torch.tensor([0.5])).observations, 60, run)


def test_a_challenge_without_a_forward_model_is_refused_before_training():
    with pytest.raises(HarnessError, match="proposals=4 weights its samples with a forward model"):
        barely_trained(Run(name="npe-kl"), proposals=4)


def test_samples_for_the_alarm_are_not_weighted():
    asked = []

    def counted(parameters, star_radius, planet_mass):
        asked.append(len(parameters))
        return parameters.expand(-1, 2)

    run = Run(forward_model=lambda: model(counted))
    estimator = barely_trained(run, proposals=4)
    asked.clear()
    samples = estimator.sample_quickly(planets(torch.tensor([0.5])).observations, 60, run).samples
    assert samples.shape == (1, 60, 1)
    assert not asked
