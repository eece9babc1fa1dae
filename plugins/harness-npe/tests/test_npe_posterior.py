"""What the estimators learn, against posteriors that are known exactly."""

import math

import numpy as np
import pytest
import torch
from harness_npe.estimators.distances import NPEMMD, NPEDdKS
from harness_npe.estimators.npe import NPE

from harness.challenges import Observations, Split
from harness.components.run import Run
from harness.data.schema import Parameter, Schema
from harness.data.truth import Traces, Truth
from harness.embedders.none import NoEmbedder
from harness.metrics import ks_distance
from harness.preprocessors.standardize import Standardize

SIGMA = 0.05
SCHEMA = Schema(
    parameters=(Parameter(name="level", unit="", lower=0.0, upper=1.0),),
    wavelength=(1.0, 2.0, 3.0),
    width=(0.1, 0.1, 0.1),
)


def planets(level: torch.Tensor) -> Split:
    """Spectra of three channels: the level twice, each with noise SIGMA, and a channel that never varies."""
    spectrum = torch.stack([level, level, torch.ones_like(level)], dim=1).double()
    observations = Observations(
        np.array([f"planet{i}" for i in range(len(level))], dtype=np.str_),
        spectrum,
        torch.full_like(spectrum, SIGMA),
        torch.empty(len(level), 0, dtype=torch.float64),
    )
    return Split(observations, Truth(level[:, None].double()))


@pytest.fixture(scope="module")
def fitted() -> NPE:
    levels = torch.rand(3000, generator=torch.Generator().manual_seed(0))
    estimator = NPE.create(
        {"epochs": 6, "steps": 80, "transforms": 1, "hidden": (32,), "learning_rate": 5e-3},
        name="npe-kl",
        schema=SCHEMA,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(planets(levels), planets(levels[:200]), Run())
    return estimator


def test_the_posterior_is_that_of_the_noise_and_the_prior(fitted):
    seen = torch.tensor([0.3, 0.5, 0.7])
    samples = fitted.sample(planets(seen).observations, 4000, Run()).samples[..., 0]
    assert torch.allclose(samples.mean(1), seen, atol=0.01)
    low, high = torch.quantile(samples, torch.tensor([0.159, 0.841]), dim=1)
    assert torch.allclose((high - low) / 2, torch.tensor(SIGMA / math.sqrt(2)), rtol=0.2)


def test_near_a_bound_no_sample_lies_outside(fitted):
    samples = fitted.sample(planets(torch.tensor([0.0, 1.0])).observations, 2000, Run()).samples
    assert float(samples.min()) >= 0
    assert float(samples.max()) <= 1
    assert float(samples[0].mean()) < 0.1


def test_the_density_integrates_to_one(fitted):
    grid = torch.linspace(0.0005, 0.9995, 1000, dtype=torch.float64)
    observations = planets(torch.tensor([0.1, 0.5])).observations
    density = fitted.log_prob(observations, grid.expand(2, -1)[..., None], Run()).exp()
    assert torch.allclose(density.mean(1), torch.ones(2, dtype=torch.float64), atol=0.01)


def test_a_spectrum_is_read_as_it_is_given(fitted):
    observations = planets(torch.tensor([0.5])).observations
    one, other = (fitted.sample(observations, 1000, Run()).samples for _ in range(2))
    assert torch.equal(one, other)


def traced(level: torch.Tensor) -> Split:
    """The same planets, each with a trace of its posterior."""
    quantiles = torch.linspace(0.005, 0.995, 100, dtype=torch.float64)
    normal = math.sqrt(2) * torch.erfinv(2 * quantiles - 1)
    rows = [(x + SIGMA / math.sqrt(2) * normal).clamp(0, 1)[:, None] for x in level.double()]
    traces = Traces.from_list([(row, torch.full((100,), 0.01, dtype=torch.float64)) for row in rows], 1)
    split = planets(level)
    return Split(split.observations, Truth(split.truth.parameters, traces))


@pytest.mark.parametrize("kind", [NPEDdKS, NPEMMD])
def test_a_distance_alone_teaches_the_posterior(kind):
    options = {
        "supervision": "traces",
        "warm_up": 0.0,
        "full": 0.0,
        "likelihood_weight": 0.0,
        "distance_planets": 16,
        "epochs": 3,
        "steps": 40,
        "transforms": 1,
        "hidden": (16,),
        "learning_rate": 2e-2,
        "averaging": 0.9,
    }
    estimator = kind.create(
        options,
        name="it",
        schema=SCHEMA,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    learned, unseen = traced(torch.linspace(0.1, 0.9, 60)), traced(torch.tensor([0.25, 0.5, 0.75]))
    estimator.fit(learned, learned[:0], Run())
    samples = estimator.sample(unseen.observations, 2000, Run()).samples
    assert unseen.truth.traces is not None
    reference = unseen.truth.traces.values.reshape(3, 100, 1).float()
    assert float(ks_distance(samples, reference).max()) < 0.4
