"""The likelihood heads, against the distributions of torch."""

import pytest
import torch
from harness_bnn.heads import GaussianMixtureHead, PointHead
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Categorical, MixtureSameFamily, MultivariateNormal


def outputs_of(head, *shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, head.n_outputs, generator=generator, dtype=torch.float64)


def as_torch_has_it(head: GaussianMixtureHead, outputs):
    """The same mixture, built element by element from what the head's docstring says of L."""
    n, size = head.n_parameters, head.of_component
    means, precisions = [], []
    for k in range(head.components):
        numbers = outputs[k * size : (k + 1) * size]
        scale = (8 * torch.tanh(numbers[n : 2 * n] / 8)).exp()
        factor = torch.eye(n, dtype=torch.float64)
        below = iter(numbers[2 * n :])
        for row in range(n):
            for column in range(row):
                factor[row, column] = next(below)
        means.append(numbers[:n])
        factor = factor * scale
        precisions.append(factor.T @ factor)
    logits = outputs[-head.components :] if head.components > 1 else torch.zeros(1, dtype=torch.float64)
    components = MultivariateNormal(torch.stack(means), precision_matrix=torch.stack(precisions))
    return MixtureSameFamily(Categorical(logits=logits), components)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 7), st.integers(1, 4), st.integers(0, 1000))
def test_the_density_is_that_of_torch(n_parameters, components, seed):
    head = GaussianMixtureHead(n_parameters, components)
    outputs = outputs_of(head, seed=seed)
    theta = torch.randn(4, n_parameters, generator=torch.Generator().manual_seed(seed + 1)).double()
    expected = as_torch_has_it(head, outputs).log_prob(theta)
    assert torch.allclose(head.log_prob(theta, outputs.expand(4, -1)), expected)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 7), st.integers(1, 4), st.integers(0, 1000))
def test_the_moments_are_those_of_torch(n_parameters, components, seed):
    head = GaussianMixtureHead(n_parameters, components)
    outputs = outputs_of(head, seed=seed)
    mean, variance = head.moments(outputs)
    expected = as_torch_has_it(head, outputs)
    assert torch.allclose(mean, expected.mean)
    assert torch.allclose(variance, expected.variance)


@pytest.mark.parametrize("components", [1, 3])
def test_samples_have_these_moments_and_the_covariance(components):
    head = GaussianMixtureHead(3, components)
    outputs = outputs_of(head, 2, 1, seed=4)
    samples = head.sample(outputs, 100_000, torch.Generator().manual_seed(0))
    assert samples.shape == (2, 1, 100_000, 3)
    mean, variance = head.moments(outputs)
    spread = variance.sqrt()
    assert ((samples.mean(-2) - mean).abs() < 0.02 * spread).all()
    assert torch.allclose(samples.var(-2), variance, rtol=0.05)
    drawn = as_torch_has_it(head, outputs[0, 0]).sample((100_000,))
    expected, got = torch.corrcoef(drawn.T), torch.corrcoef(samples[0, 0].T)
    assert torch.allclose(got, expected, atol=0.03)


@pytest.mark.parametrize("components", [1, 2])
def test_gradients_are_those_of_finite_differences(components):
    head = GaussianMixtureHead(3, components)
    outputs = outputs_of(head, 2).requires_grad_(True)
    theta = torch.randn(2, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(head.loss, (theta, outputs))


def test_numbers_far_out_give_finite_densities_and_samples():
    head = GaussianMixtureHead(4, 2)
    outputs = 100 * outputs_of(head, 5)
    assert torch.isfinite(head.log_prob(torch.zeros(5, 4, dtype=torch.float64), outputs)).all()
    assert torch.isfinite(head.moments(outputs)[0]).all()


def test_a_point_has_no_scatter_and_is_learned_by_least_squares():
    head, outputs = PointHead(2), torch.tensor([[1.0, 2.0]])
    assert torch.equal(head.sample(outputs, 3), torch.tensor([[[1.0, 2.0]] * 3]))
    assert float(head.moments(outputs)[1].sum()) == 0
    assert float(head.loss(torch.tensor([[2.0, 4.0]]), outputs)) == 2.5
