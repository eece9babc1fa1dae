"""Samples weighted by the forward model: the posterior whatever the density proposes."""

import math

import numpy as np
import pytest
import torch
from harness_npe.estimators.independent import NPEIndependent
from harness_npe.estimators.npe import NPE
from harness_npe.estimators.vi import VariationalInference
from scipy.stats import norm

from harness.challenges import Observations, Split
from harness.components import FunctionForwardModel
from harness.components.run import Run
from harness.data.posterior import Posterior
from harness.data.schema import Parameter, Schema
from harness.data.truth import Truth
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError, PluginWarning
from harness.metrics import weighted_quantile
from harness.preprocessors.standardize import Standardize
from harness.retrieval.importance import ImportanceSampling

SIGMA = 0.05
LEVELS = np.linspace(0.1, 0.9, 9)
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


def quantiles(posterior: Posterior, planet: int) -> np.ndarray:
    """Of the one parameter, at nine levels."""
    samples, weights = posterior.planet(planet)
    return weighted_quantile(samples, LEVELS.tolist(), weights)[:, 0].numpy()


def test_the_samples_of_a_density_that_has_hardly_learned_become_those_of_the_posterior():
    run = Run(forward_model=lambda: forward)
    seen = planets(torch.tensor([0.3, 0.6]))
    weighted = barely_trained(run, proposals=20).sample(seen.observations, 2000, run)
    plain = barely_trained(run).sample(seen.observations, 2000, run)
    for row, level in enumerate([0.3, 0.6]):
        exact = norm(level, SIGMA / math.sqrt(2))
        off = [abs(exact.cdf(quantiles(one, row)) - LEVELS).max() for one in (weighted, plain)]
        assert off[0] < 0.05
        assert off[1] > 0.2


def test_no_sample_is_given_twice_and_all_of_them_have_weight():
    run = Run(forward_model=lambda: forward)
    posterior = barely_trained(run, proposals=20).sample(planets(torch.tensor([0.5])).observations, 500, run)
    assert posterior.samples.flatten().unique().numel() == 500
    assert (posterior.weights > 0).all()
    assert float(posterior.weights.sum()) == pytest.approx(1)


def posterior_of(forward, level: float, proposals: torch.Tensor, log_density: torch.Tensor, n: int):
    weighting = ImportanceSampling(forward, SCHEMA)
    return weighting.posterior(
        observed(torch.tensor([level])), proposals, lambda rows, values: log_density, n, generator()
    )


def test_proposals_of_the_posterior_itself_all_weigh_the_same():
    density = torch.distributions.Normal(0.5, SIGMA / math.sqrt(2))
    torch.manual_seed(0)
    proposals = density.sample((1, 300, 1))
    found = posterior_of(forward, 0.5, proposals, density.log_prob(proposals[..., 0]), 300)
    assert set(found.samples.flatten().tolist()) == set(proposals.flatten().tolist())
    assert torch.allclose(found.weights, torch.tensor(1 / 300).double(), rtol=1e-3)
    assert float(found.evidence.effective_size) == pytest.approx(300, rel=1e-4)
    assert float(found.evidence.error) < 1e-3


def test_the_evidence_is_the_integral_of_likelihood_and_prior():
    """For two channels that both measure the level, and a prior of density 1/2 from 0 to 2."""
    wide = SCHEMA.model_copy(update={"parameters": (Parameter(name="level", unit="", lower=0.0, upper=2.0),)})
    torch.manual_seed(0)
    proposals = 2 * torch.rand(1, 20_000, 1).double()
    weighting = ImportanceSampling(forward, wide)
    log_density = torch.full((1, 20_000), -math.log(2))
    found = weighting.posterior(
        observed(torch.tensor([1.0])), proposals, lambda rows, values: log_density, 1000, generator()
    ).evidence
    # the product of two normal densities of the level, integrated: one of their difference, which is zero
    exact = math.log(1 / 2) - math.log(2 * SIGMA * math.sqrt(math.pi))
    assert abs(float(found.log_evidence) - exact) < 4 * float(found.error)
    assert 0.005 < float(found.error) < 0.03


def test_proposals_that_are_not_numbers_or_make_no_planet_have_no_weight():
    def partly(parameters, star_radius, planet_mass):
        return torch.where(parameters > 0.5, torch.nan, parameters).expand(-1, 2)

    proposals = torch.tensor([0.45, 0.55, torch.nan, 0.4]).reshape(1, 4, 1)
    density = torch.tensor([[0.0, 0.0, torch.nan, torch.inf]])
    found = posterior_of(model(partly), 0.5, proposals, density, 4)
    assert found.samples[found.weights > 0].tolist() == [[proposals[0, 0, 0].item()]]


def test_a_planet_that_no_proposal_explains_keeps_its_proposals():
    proposals = torch.tensor([0.2, 0.8]).reshape(1, 2, 1)
    found = posterior_of(
        model(lambda *told: torch.full((2, 2), torch.nan)), 0.5, proposals, torch.zeros(1, 2), 2
    )
    assert found.samples.flatten().tolist() == proposals.flatten().tolist()
    assert found.weights.tolist() == [[0.5, 0.5]]
    assert float(found.evidence.log_evidence) == -math.inf


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


def test_rounds_go_on_until_enough_proposals_count_and_only_for_planets_that_need_them():
    asked = []

    def counted(parameters, star_radius, planet_mass):
        asked.append(len(parameters))
        return parameters.expand(-1, 2)

    run = Run(forward_model=lambda: model(counted))
    estimator = barely_trained(run, proposals=1, effective_size=400, max_proposals=20)
    asked.clear()
    easy_and_hard = planets(torch.tensor([0.5, 0.02])).observations
    posterior = estimator.sample(easy_and_hard, 500, run)
    assert (posterior.evidence.effective_size >= 400).all()
    assert 2 * 500 < sum(asked) < 20 * 500
    assert posterior.samples.shape == (2, 500, 1)
    for row, level in enumerate([0.5, 0.02]):
        exact = norm(level, SIGMA / math.sqrt(2))
        share = (exact.cdf(quantiles(posterior, row)) - exact.cdf(0)) / (1 - exact.cdf(0))
        assert abs(share - LEVELS).max() < 0.1


def test_a_planet_gets_no_more_proposals_than_it_may():
    run = Run(forward_model=lambda: forward)
    estimator = barely_trained(run, proposals=2, effective_size=100_000, max_proposals=6)
    seen = planets(torch.tensor([0.3])).observations
    posterior = estimator.sample(seen, 200, run)
    assert 200 < float(posterior.evidence.effective_size) <= 6 * 200
    assert float(posterior.evidence.error) >= 0.025  # what kernels about draws of a net leave in the mean
    # the bound is that of the density itself, not of the kernels that followed
    with pytest.warns(PluginWarning, match="1 of 1 posteriors rest on fewer"):
        alone = barely_trained(run, proposals=2).sample(seen, 200, run).evidence
    assert float(posterior.evidence.lower_bound) == pytest.approx(float(alone.lower_bound))
    assert float(alone.lower_bound) < float(alone.log_evidence)


def explored(off, proposed, kept):
    """Draws of the prior, weighted by an emulator so many SIGMA off, and anew by the forward model."""
    torch.manual_seed(0)
    proposals = torch.rand(1, proposed, 1).double()
    emulator = model(lambda parameters, *_: (parameters + off * SIGMA).expand(-1, 2))
    weighting = ImportanceSampling(forward, SCHEMA, emulator=emulator)
    seen, flat = observed(torch.tensor([0.5])), torch.zeros(1, proposed)
    return weighting, weighting.posterior(seen, proposals, lambda *_: flat, kept, generator())


def test_the_forward_model_has_the_last_word_where_an_emulator_weighs_the_proposals():
    _, found = explored(0.5, 20_000, 2000)
    exact = norm(0.5, SIGMA / math.sqrt(2))
    assert abs(exact.cdf(quantiles(found, 0)) - LEVELS).max() < 0.05
    assert float(found.evidence.log_evidence) == pytest.approx(
        -math.log(2 * SIGMA * math.sqrt(math.pi)), abs=4 * float(found.evidence.error)
    )
    assert 200 < float(found.evidence.effective_size) < 2000


def test_an_evidence_that_an_emulator_all_but_missed_has_no_error():
    _, found = explored(12.0, 20_000, 500)
    assert float(found.evidence.effective_size) < 5
    assert float(found.evidence.error) == math.inf


def test_what_an_emulator_found_and_the_forward_model_allows_nowhere_counts_for_nothing():
    torch.manual_seed(0)
    emulator = model(lambda parameters, *_: parameters.expand(-1, 2))
    none = model(lambda parameters, *_: torch.full((len(parameters), 2), math.nan).double())
    weighting = ImportanceSampling(none, SCHEMA, emulator=emulator)
    seen, flat = observed(torch.tensor([0.5])), torch.zeros(1, 1000)
    found = weighting.posterior(seen, torch.rand(1, 1000, 1).double(), lambda *_: flat, 100, generator())
    assert float(found.evidence.effective_size) == 0
    assert float(found.evidence.log_evidence) == -math.inf
    assert float(found.evidence.error) == math.inf


@pytest.mark.parametrize("off", [0.0, 8.0])
def test_an_emulator_that_leaves_few_effective_samples_is_named(off):
    weighting, found = explored(off, 1000 if off else 100, 100)
    assert float(found.evidence.effective_size) < 100
    sentence = weighting.sentence("more steps")
    assert ("by the emulator alone there are" in sentence) == bool(off)
    assert ("more proposals or more steps" in sentence) != bool(off)
    if off:
        assert float(weighting.by_emulator[0]) > 100


def test_a_file_that_is_no_emulator_is_refused_before_training(tmp_path):
    run = Run(forward_model=lambda: forward)
    with pytest.raises(HarnessError, match="There is no emulator"):
        barely_trained(run, proposals=2, emulator=str(tmp_path / "none"))


def test_the_samples_of_parameters_that_are_independent_are_weighted_too():
    run = Run(forward_model=lambda: forward)
    estimator = NPEIndependent.create(
        {**NPEIndependent.contract_options, "supervision": "parameters", "proposals": 20},
        name="npe-independent",
        schema=SCHEMA,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(planets(torch.linspace(0.01, 0.99, 200)), planets(torch.linspace(0.1, 0.9, 30)), run)
    posterior = estimator.sample(planets(torch.tensor([0.6])).observations, 1000, run)
    assert abs(norm(0.6, SIGMA / math.sqrt(2)).cdf(quantiles(posterior, 0)) - LEVELS).max() < 0.06


@pytest.mark.parametrize(
    ("estimator", "options"),
    [
        (NPE, {"effective_size": 100}),
        (NPE, {"emulator": "it"}),
        (VariationalInference, {"effective_size": 100}),
    ],
)
def test_what_is_about_proposals_is_refused_where_there_are_none(estimator, options):
    with pytest.raises(HarnessError, match="it weighs proposals, and there are none"):
        estimator.parse_options({"proposals": 0, **options})


@pytest.mark.parametrize("estimator", [NPE, VariationalInference])
@pytest.mark.parametrize("without", [{"proposals": 0}, {"proposals": 2, "effective_size": 0}])
def test_an_end_of_rounds_is_refused_where_there_are_none(estimator, without):
    rounds = {"proposals": 2, "effective_size": 100, "max_proposals": 20}
    assert estimator.parse_options(rounds).max_proposals == 20
    with pytest.raises(HarnessError, match="it ends rounds of proposals, and there are none"):
        estimator.parse_options({"max_proposals": 20, **without})
    recorded = {"proposals": 0, "max_proposals": 10}  # with what is there by default
    assert estimator.parse_options(recorded).proposals == 0


def test_an_end_of_rounds_before_the_second_is_refused():
    with pytest.raises(HarnessError, match="it leaves no second round of 3; expected at least twice as many"):
        NPE.parse_options({"proposals": 3, "effective_size": 100, "max_proposals": 5})


@pytest.mark.parametrize("hidden", [[], [0], [16, -3]])
def test_widths_of_layers_that_are_none_are_refused(hidden):
    with pytest.raises(HarnessError, match="hidden"):
        NPE.parse_options({"hidden": hidden})


def test_variational_flows_climb_with_an_emulator_without_proposals_too():
    assert VariationalInference.parse_options({"proposals": 0, "emulator": "/it"}).emulator == "/it"
