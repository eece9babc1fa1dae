"""The density estimators of sbi, as densities of the harness."""

import pytest
import torch
from harness_sbi.density import FlowArchitecture as Architecture
from harness_sbi.density import SbiDensity
from harness_sbi.options import NPEOptions
from torch import nn

MODELS = NPEOptions.model_fields["density_estimator"].annotation.__args__


def density(model: str = "zuko_nsf", n_parameters: int = 3, n_context: int = 4) -> SbiDensity:
    torch.manual_seed(0)
    return SbiDensity(n_parameters, n_context, Architecture(model, 16, 2, 2, 4)).eval()


@pytest.mark.parametrize("model", MODELS)
def test_every_density_has_samples_and_a_log_density_with_gradients(model):
    it = density(model)
    context = torch.randn(5, 4)
    samples = it.sample(context, 6, torch.Generator().manual_seed(0))
    assert samples.shape == (5, 6, 3)
    assert torch.isfinite(samples).all()
    log_density = it.log_prob(samples, context[:, None])
    assert log_density.shape == (5, 6)
    log_density.sum().backward()
    assert any(weights.grad is not None and weights.grad.any() for weights in it.parameters())


@pytest.mark.parametrize("model", ["zuko_nsf", "nsf", "mdn"])
def test_a_density_of_one_parameter_is_normalised(model):
    it = density(model, n_parameters=1)
    grid = torch.linspace(-30, 30, 6001)
    with torch.no_grad():
        values = it.log_prob(grid[None, :, None], torch.randn(2, 1, 4)).exp()
    assert torch.allclose(torch.trapezoid(values, grid), torch.ones(2), atol=2e-3)


@pytest.mark.parametrize("model", ["zuko_nsf", "maf", "mdn"])
def test_each_row_is_evaluated_at_its_own_context(model):
    it = density(model)
    theta, context = torch.randn(4, 5, 3), torch.randn(4, 5, 4)
    with torch.no_grad():
        together = it.log_prob(theta, context)
        apart = torch.stack(
            [it.log_prob(t, c) for t, c in zip(theta.flatten(0, 1), context.flatten(0, 1), strict=True)]
        )
    assert torch.allclose(together.flatten(), apart, atol=1e-5)


def test_samples_depend_on_the_generator_alone_and_leave_torchs_own_as_it_was():
    it, context = density(), torch.randn(3, 4)
    before = torch.get_rng_state()
    one, same = (it.sample(context, 7, torch.Generator().manual_seed(1)) for _ in range(2))
    other = it.sample(context, 7, torch.Generator().manual_seed(2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.get_rng_state())


def test_no_planets_or_no_samples_give_none():
    it = density()
    assert it.sample(torch.zeros(0, 4), 5).shape == (0, 5, 3)
    assert it.sample(torch.zeros(2, 4), 0).shape == (2, 0, 3)


@pytest.mark.parametrize("model", MODELS)
def test_weights_trained_behind_an_embedding_are_those_of_the_density_on_its_context(model):
    torch.manual_seed(1)
    embedding = nn.Linear(6, 4)
    architecture = Architecture(model, 16, 2, 2, 4)
    whole = architecture.builder(embedding)(torch.zeros(2, 3), torch.zeros(2, 6)).eval()
    it = density(model)
    it.take(whole)
    theta, features = torch.randn(8, 3), torch.randn(8, 6)
    with torch.no_grad():
        expected = -whole.loss(theta, features)
        assert torch.allclose(it.log_prob(theta, embedding(features)), expected, atol=1e-4)
