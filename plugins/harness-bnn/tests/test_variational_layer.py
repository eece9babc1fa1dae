"""The mean-field layer, against torch.distributions and against drawing the weights themselves."""

import torch
from harness_bnn.variational import VariationalLinear
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence


def a_layer(seed: int, n_in: int = 5, n_out: int = 3, prior: float = 0.7) -> VariationalLinear:
    torch.manual_seed(seed)
    layer = VariationalLinear(n_in, n_out, prior).double()
    with torch.no_grad():
        for parameter in (layer.log_spread_weight, layer.log_spread_bias):
            parameter.add_(torch.randn_like(parameter))
    return layer


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.integers(1, 6), st.integers(1, 4), st.floats(0.05, 5))
def test_the_penalty_is_the_divergence_that_torch_finds(seed, n_in, n_out, prior):
    layer = a_layer(seed, n_in, n_out, prior)
    expected = sum(
        kl_divergence(Normal(mean, log_spread.exp()), Normal(torch.zeros_like(mean), scale)).sum()
        for mean, log_spread, scale in (
            (layer.weight, layer.log_spread_weight, prior / n_in**0.5),
            (layer.bias, layer.log_spread_bias, prior),
        )
    )
    assert torch.allclose(layer.penalty(), expected)


def test_weights_that_are_their_prior_cost_nothing():
    layer = VariationalLinear(4, 2, prior=0.5, spread=1.0)
    with torch.no_grad():
        layer.weight.zero_()
        layer.bias.zero_()
    assert abs(float(layer.penalty().detach())) < 1e-6


def test_outputs_are_distributed_as_under_drawn_weights():
    layer, n = a_layer(1).requires_grad_(False), 200_000
    values = torch.randn(1, 1, 5, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    generator = torch.Generator().manual_seed(3)
    outputs = layer(values, n, generator)[0]
    weights = layer.weight + layer.log_spread_weight.exp() * torch.randn(
        n, 3, 5, generator=generator, dtype=torch.float64
    )
    biases = layer.bias + layer.log_spread_bias.exp() * torch.randn(
        n, 3, generator=generator, dtype=torch.float64
    )
    by_force = torch.einsum("noi,i->no", weights, values[0, 0]) + biases
    spread = by_force.std(0)
    assert torch.allclose(outputs.mean(0), by_force.mean(0), atol=0.02 * float(spread.max()))
    assert torch.allclose(outputs.std(0), spread, rtol=0.02)
    assert torch.allclose(torch.corrcoef(outputs.T), torch.corrcoef(by_force.T), atol=0.02)


def test_every_pass_of_every_planet_has_weights_of_its_own():
    outputs = a_layer(0).requires_grad_(False)(torch.ones(2, 1, 5, dtype=torch.float64), 3)
    assert len({round(float(value), 9) for value in outputs[..., 0].flatten()}) == 6


def test_the_same_generator_gives_the_same_outputs():
    layer, values = a_layer(0), torch.ones(2, 1, 5, dtype=torch.float64)
    one, other = (layer(values, 3, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one, other)


def test_gradients_are_those_of_finite_differences():
    layer = a_layer(4)
    values = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)

    def loss(*_):
        return layer(values, 3, torch.Generator().manual_seed(0)).square().sum() + layer.penalty()

    assert torch.autograd.gradcheck(loss, (values, *layer.parameters()))
