"""Flow matching, score matching and ratios, on posteriors that are known."""

import functools
import math
from typing import get_args

import numpy as np
import pytest
import torch
from harness_sbi.estimator import SbiEstimator, SbiFMPE, SbiNPSE, SbiNRE
from harness_sbi.ratio import RatioArchitecture, RatioDensity
from harness_sbi.vector_field import VectorFieldArchitecture, VectorFieldDensity
from torch import nn

from harness.challenges import Observations, Split
from harness.components import FunctionForwardModel
from harness.components.run import Run
from harness.data.schema import Parameter, Schema
from harness.data.truth import Truth
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize

SIGMA = 0.1
SCHEMA = Schema(
    parameters=tuple(Parameter(name=name, unit="", lower=0.0, upper=1.0) for name in ("one", "other")),
    wavelength=(1.0, 2.0),
    width=(0.1, 0.1),
)
SMALL = {
    "supervision": "parameters",
    "hidden_features": 32,
    "learning_rate": 3e-3,
    "training_batch_size": 100,
    "max_num_epochs": 12,
}


def planets(level: torch.Tensor) -> Split:
    """Each channel shows one of the parameters (N, 2), with noise SIGMA."""
    observations = Observations(
        np.array([f"planet{i}" for i in range(len(level))], dtype=np.str_),
        level.double(),
        torch.full_like(level, SIGMA).double(),
        torch.empty(len(level), 0, dtype=torch.float64),
    )
    return Split(observations, Truth(level.double()))


def unfitted(kind: type[SbiEstimator], **options) -> SbiEstimator:
    return kind.create(
        {**SMALL, **({} if kind is SbiNRE else {"num_layers": 2}), **options},
        name="method",
        schema=SCHEMA,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )


@functools.cache
def fitted(kind: type[SbiEstimator]) -> SbiEstimator:
    levels = torch.rand(2000, 2, generator=torch.Generator().manual_seed(0))
    estimator = unfitted(kind)
    estimator.fit(planets(levels), planets(levels[:200]), Run())
    return estimator


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (SbiFMPE, {}),
        (SbiNPSE, {}),
        (SbiNPSE, {"sample_with": "sde", "sampling_steps": 50}),
        (SbiNRE, {}),
    ],
    ids=["fmpe", "npse", "npse-sde", "nre"],
)
def test_the_posterior_is_that_of_the_noise_and_the_prior(kind, options, tmp_path):
    estimator = fitted(kind)
    if options:  # of sampling alone: the network is the same
        estimator.save(tmp_path / "fitted")
        estimator = unfitted(kind, **options)
        estimator.load(tmp_path / "fitted", Run())
    seen = torch.tensor([[0.3, 0.5], [0.5, 0.6]])
    samples = estimator.sample(planets(seen).observations, 500, Run()).samples
    assert torch.allclose(samples.mean(1), seen, atol=0.06)
    assert torch.allclose(samples.std(1), torch.tensor(SIGMA), rtol=0.5)


@pytest.mark.parametrize("kind", [SbiFMPE, SbiNPSE], ids=["fmpe", "npse"])
def test_what_noise_was_carried_to_is_weighted_by_the_density_of_the_flow(kind, tmp_path):
    fitted(kind).save(tmp_path / "fitted")
    estimator = unfitted(kind, proposals=1)
    run = Run(forward_model=lambda: FunctionForwardModel(lambda parameters, *_: parameters, "the truth"))
    estimator.load(tmp_path / "fitted", run)
    found = estimator.sample(planets(torch.tensor([[0.3, 0.5]])).observations, 200, run)
    assert 30 < float(found.evidence.effective_size) <= 200
    assert float(found.evidence.log_evidence) == pytest.approx(0, abs=0.5)  # a density's, within the bounds
    mean = (found.weights[..., None] * found.samples).sum(1)
    assert torch.allclose(mean, torch.tensor([[0.3, 0.5]], dtype=mean.dtype), atol=0.03)


@pytest.mark.parametrize("kind", [SbiFMPE, SbiNPSE], ids=["fmpe", "npse"])
def test_what_came_against_the_diffusion_is_not_of_the_density_of_the_flow(kind):
    run = Run(forward_model=lambda: FunctionForwardModel(lambda parameters, *_: parameters, "the truth"))
    some = planets(torch.rand(200, 2))
    with pytest.raises(HarnessError, match="has no density, without which proposals=1 cannot weight"):
        unfitted(kind, proposals=1, sample_with="sde").fit(some, some, run)


@pytest.mark.parametrize("kind", [SbiFMPE, SbiNPSE, SbiNRE], ids=["fmpe", "npse", "nre"])
def test_every_network_that_can_be_asked_for_is_built(kind):
    option = "classifier" if kind is SbiNRE else "vector_field"
    for name in get_args(kind.Options.model_fields[option].annotation):
        width = {} if name == "linear" else {"hidden_features": 20}
        options = {key: value for key, value in SMALL.items() if key != "hidden_features"}
        layers = {} if kind is SbiNRE else {"num_layers": 1}
        estimator = kind.create({**options, **width, **layers, option: name}, name="it", schema=SCHEMA)
        assert sum(weights.numel() for weights in estimator.density(3).parameters()) > 0


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (SbiFMPE, {"sampling_steps": 20}, "it changes nothing with sample_with=ode; .*sample_with=sde"),
        (SbiNPSE, {"vector_field": "transformer"}, "10 heads of attention; expected a multiple of 10"),
        (SbiNRE, {"classifier": "linear"}, "it changes nothing with classifier=linear; leave it out, or ask"),
    ],
)
def test_options_that_change_nothing_or_cannot_be_are_refused(kind, options, message):
    with pytest.raises(HarnessError, match=message):
        unfitted(kind, **options)


def test_a_share_that_leaves_nothing_to_learn_from_is_refused():
    some = planets(torch.rand(200, 2, generator=torch.Generator().manual_seed(0)))
    with pytest.raises(HarnessError, match="expected a share that leaves some of both"):
        unfitted(SbiFMPE, validation_fraction=0.9999).fit(some, some, Run())


def field(kind: str, sample_with: str = "ode", n_parameters: int = 2) -> VectorFieldDensity:
    torch.manual_seed(0)
    return VectorFieldDensity(
        n_parameters, 3, VectorFieldArchitecture(kind, "mlp", 16, 1, sample_with, 20)
    ).eval()


@pytest.mark.parametrize("kind", ["flow", "score"])
def test_the_density_of_a_vector_field_is_normalised_and_read_row_by_row(kind):
    it = field(kind, n_parameters=1)
    grid = torch.linspace(-40, 40, 1601)
    context = torch.randn(2, 1, 3)
    with torch.no_grad():
        values = it.log_prob(grid[None, :, None], context)
        own = it.log_prob(grid[:4, None], context[0].expand(4, -1))
    assert torch.allclose(torch.trapezoid(values.exp(), grid), torch.ones(2), atol=0.02)
    assert torch.allclose(own, values[0, :4], atol=1e-2)


@pytest.mark.parametrize("it", [field("flow"), field("score"), field("score", "sde")], ids=["f", "s", "sde"])
def test_samples_depend_on_the_generator_alone(it):
    context, before = torch.randn(3, 3), torch.get_rng_state()
    one, same = (it.sample(context, 7, torch.Generator().manual_seed(1)) for _ in range(2))
    assert one.shape == (3, 7, 2)
    assert torch.equal(one, same)
    assert torch.equal(before, torch.get_rng_state())


def test_a_ratio_is_that_of_sbi_and_has_no_density():
    torch.manual_seed(0)
    architecture = RatioArchitecture("resnet", 16)
    embedding = nn.Linear(5, 3)
    whole = architecture.builder(embedding)(torch.zeros(2, 2), torch.zeros(2, 5)).eval()
    it = RatioDensity(2, 3, architecture).eval()
    it.take(whole)
    theta, features = torch.randn(4, 6, 2), torch.randn(4, 5)
    rows = features[:, None].expand(-1, 6, -1)
    with torch.no_grad():
        expected = whole(theta.flatten(0, 1), rows.flatten(0, 1)).reshape(4, 6)
        assert torch.allclose(it.log_ratio(theta, embedding(features)), expected, atol=1e-5)
    with pytest.raises(NotImplementedError, match="constant that is not known"):
        it.log_prob(theta, embedding(features)[:, None])
    assert math.isfinite(float(it.sample(torch.randn(2, 3), 50).sum()))
