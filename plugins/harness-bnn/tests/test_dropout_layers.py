"""Dropout with a given rate, and with one that is learned."""

import math

import pytest
import torch
from harness_bnn.dropout import ConcreteDropoutLinear, DropoutLinear


def identity(layer):
    with torch.no_grad():
        layer.linear.weight.copy_(torch.eye(layer.n_in))
        layer.linear.bias.zero_()
    return layer


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.6])
def test_inputs_are_left_out_at_the_rate_and_the_rest_enlarged(rate):
    layer = identity(DropoutLinear(4, 4, rate))
    with torch.no_grad():
        outputs = layer(torch.ones(1, 1, 4), 50_000, torch.Generator().manual_seed(0))
    assert abs(float((outputs == 0).float().mean()) - rate) < 0.005
    assert torch.allclose(outputs[outputs != 0], torch.tensor(1 / (1 - rate)))
    assert abs(float(outputs.mean()) - 1) < 0.01


def test_a_relaxed_dropout_leaves_out_about_as_many():
    layer = identity(ConcreteDropoutLinear(4, 4, length_scale=0.01, rate=0.2))
    with torch.no_grad():
        outputs = layer(torch.ones(1, 1, 4), 50_000, torch.Generator().manual_seed(0))
    assert abs(float((outputs < 0.5 / 0.8).float().mean()) - 0.2) < 0.005
    assert abs(float(outputs.mean()) - 1) < 0.02


def test_the_penalty_is_that_of_the_paper():
    layer = ConcreteDropoutLinear(5, 3, length_scale=0.3, rate=0.2)
    kept = layer.linear.weight / 0.8  # the weights that an input meets which is not left out
    entropy = -(0.2 * math.log(0.2) + 0.8 * math.log(0.8))
    expected = 0.3**2 / 2 * (0.8 * kept.square().sum() + layer.linear.bias.square().sum()) - 5 * entropy
    assert torch.allclose(layer.penalty(), expected)


def test_gradients_reach_the_rate_and_are_those_of_finite_differences():
    torch.manual_seed(0)
    layer = ConcreteDropoutLinear(3, 2, length_scale=0.1).double()
    values = torch.randn(2, 1, 3, dtype=torch.float64, requires_grad=True)

    def loss(*_):
        return layer(values, 4, torch.Generator().manual_seed(0)).square().sum() + layer.penalty()

    assert torch.autograd.gradcheck(loss, (values, *layer.parameters()))


@pytest.mark.parametrize(("planets", "grows"), [(3, True), (100_000, False)])
def test_the_rate_is_learned_and_smaller_the_more_planets_there_are(planets, grows):
    torch.manual_seed(0)
    layer = identity(ConcreteDropoutLinear(4, 4, length_scale=0.01))
    optimizer = torch.optim.Adam([layer.logit], lr=0.05)
    generator = torch.Generator().manual_seed(0)
    for _ in range(60):
        values = torch.randn(64, 1, 4, generator=generator)
        loss = (layer(values, 1, generator) - values).square().mean() + layer.penalty() / planets
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    rate = float(layer.rate.detach())
    assert (rate > 0.15) if grows else (rate < 0.05)
