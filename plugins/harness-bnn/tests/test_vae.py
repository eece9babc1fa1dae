"""The conditional variational autoencoder."""

import numpy as np
import pytest
import torch
from harness_bnn.estimators.vae import VAE
from harness_bnn.latent_density import LatentDensity

from harness.challenges import Observations, Split
from harness.components.run import Run
from harness.contract import contract
from harness.data.schema import Parameter, Schema
from harness.data.truth import Truth
from harness.embedders.none import NoEmbedder
from harness.preprocessors.standardize import Standardize

SCHEMA = Schema(
    parameters=(Parameter(name="root", unit="", lower=-1.0, upper=1.0),),
    wavelength=(1.0, 2.0),
    width=(0.1, 0.1),
)


def planets(n: int, seed: int) -> Split:
    """The spectrum is the square of the parameter, so that its posterior has two humps."""
    generator = torch.Generator().manual_seed(seed)
    root = 2 * torch.rand(n, 1, generator=generator, dtype=torch.float64) - 1
    spectrum = root.square().expand(-1, 2).clone()
    observations = Observations(
        np.array([f"planet{i}" for i in range(n)], dtype=np.str_),
        spectrum,
        torch.full_like(spectrum, 0.03),
        torch.empty(n, 0, dtype=torch.float64),
    )
    return Split(observations, Truth(root))


@pytest.fixture(scope="module")
def of_roots() -> VAE:
    estimator = VAE.create(
        {
            "supervision": "parameters",
            "epochs": 6,
            "steps": 100,
            "width": 32,
            "depth": 1,
            "latent": 2,
        },
        name="vae",
        schema=SCHEMA,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(planets(4000, 0), planets(400, 1), Run())
    return estimator


def density(draws: int = 4) -> LatentDensity:
    torch.manual_seed(0)
    return LatentDensity(3, 4, n_latent=2, width=8, depth=1, draws=draws)


@pytest.mark.parametrize("check", contract("estimator", "vae"), ids=str)
def test_contract(check):
    check()


def test_the_latent_variable_gives_a_posterior_of_two_humps(of_roots):
    seen = planets(1, 0).observations
    spectrum = torch.full_like(seen.spectrum, 0.36)
    samples = of_roots.sample(
        Observations(seen.planet_ids, spectrum, seen.noise, seen.auxiliary), 2000, Run()
    ).samples.flatten()
    humps = samples.abs()
    assert (humps - 0.6).abs().median() < 0.1
    assert 0.2 < float((samples > 0).double().mean()) < 0.8


def test_the_bound_integrates_to_no_more_than_one(of_roots):
    grid = torch.linspace(-0.999, 0.999, 801, dtype=torch.float64)
    seen = planets(3, 5).observations
    values = of_roots.log_prob(seen, grid.expand(3, -1)[..., None], Run()).exp().double()
    integral = torch.trapezoid(values, grid)
    assert ((integral > 0.7) & (integral < 1.1)).all()


def test_a_bound_of_more_draws_is_nearer_to_the_density():
    theta, context = torch.randn(200, 3), torch.randn(200, 4)
    few, many = density(draws=1).train(), density(draws=64).train()
    assert many.loss(theta, context).mean() < few.loss(theta, context).mean()


def test_gradients_reach_every_network():
    it = density().train()
    it.loss(torch.randn(20, 3), torch.randn(20, 4)).mean().backward()
    assert all(weights.grad is not None and weights.grad.any() for weights in it.parameters())


def test_loss_and_density_are_the_same_at_every_call_in_evaluation():
    it = density().eval()
    theta, context = torch.randn(5, 6, 3), torch.randn(5, 1, 4)
    assert torch.equal(it.loss(theta[:, 0], context[:, 0]), it.loss(theta[:, 0], context[:, 0]))
    with torch.no_grad():
        assert torch.equal(it.log_prob(theta, context), it.log_prob(theta, context))


def test_no_samples_or_no_planets_give_none():
    it = density().eval()
    assert it.sample(torch.zeros(2, 4), 0).shape == (2, 0, 3)
    assert it.sample(torch.zeros(0, 4), 5).shape == (0, 5, 3)
