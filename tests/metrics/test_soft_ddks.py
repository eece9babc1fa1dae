"""The differentiable ddKS: its definition, its limit, its gradients, and what training with it does."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics import chunks, ddks, soft_ddks


def clouds(n, m, dimensions, seed=0, planets=()):
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(*planets, n, dimensions, generator=generator, dtype=torch.float64)
    b = 0.4 + 1.3 * torch.randn(*planets, m, dimensions, generator=generator, dtype=torch.float64)
    return a, b


def leaves(*samples):
    return [sample.detach().clone().requires_grad_() for sample in samples]


def by_definition(a, b, temperature, maximum_temperature, weights_a=None, weights_b=None):
    """All 2^D orthants of all centres, written out."""
    weights = [
        torch.ones(len(s), dtype=torch.float64) if w is None else w
        for s, w in ((a, weights_a), (b, weights_b))
    ]
    weights = [w / w.sum() for w in weights]
    points, dimensions = torch.cat([a, b]), a.shape[1]
    signed, mass = torch.cat([weights[0], -weights[1]]), torch.cat(weights) / 2
    shift = points[None] - points[:, None]
    above = torch.where(shift == 0, 1.0, torch.sigmoid(shift / temperature))
    total = 0.0
    for orthant in range(2**dimensions):
        member = torch.ones(len(points), len(points), dtype=torch.float64)
        for j in range(dimensions):
            member = member * (above[..., j] if orthant >> j & 1 else 1 - above[..., j])
        total = total + (mass * torch.cosh(member @ signed / maximum_temperature)).sum() / 2**dimensions
    return maximum_temperature * torch.log(total)


@pytest.mark.parametrize("dimensions", range(1, 8))
def test_value_and_gradient_are_those_of_the_definition(dimensions):
    a, b = clouds(6, 9, dimensions)
    b[0, 0] = a[1, 0]  # a tie between the samples
    a, b = leaves(a, b)
    weights_a = torch.arange(6, dtype=torch.float64)  # one of them is zero
    for weights in ({}, {"weights_a": weights_a}):
        found = soft_ddks(a, b, 0.3, maximum_temperature=0.05, **weights)
        expected = by_definition(a, b, 0.3, 0.05, **weights)
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-12)
        for one, other in zip(
            torch.autograd.grad(found, (a, b)), torch.autograd.grad(expected, (a, b)), strict=True
        ):
            torch.testing.assert_close(one, other, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 7])
def test_gradients_agree_with_finite_differences(dimensions):
    a, b = leaves(*clouds(5, 4, dimensions, planets=(2,)))
    assert torch.autograd.gradcheck(lambda a, b: soft_ddks(a, b, 0.3), (a, b))


@pytest.mark.parametrize("dimensions", range(1, 9))
def test_it_tends_to_the_exact_distance_as_the_temperature_goes_to_zero(dimensions):
    a, b = clouds(40, 25, dimensions, seed=dimensions)
    b[:5] = a[:5] = a[:5].round(decimals=1)  # ties in all dimensions
    exact = float(ddks(a, b))
    gaps = [abs(float(soft_ddks(a, b, temperature)) - exact) for temperature in (1e-1, 1e-3, 1e-6)]
    assert gaps[2] <= 2e-6
    assert gaps[2] < gaps[1] < gaps[0]


@given(st.integers(1, 5), st.floats(0.01, 3), st.floats(0.001, 1), st.integers(0, 1000))
def test_it_is_zero_for_equal_samples_and_between_zero_and_one_otherwise(d, temperature, tau, seed):
    a, b = clouds(7, 5, d, seed)
    found = soft_ddks(a, b, temperature, maximum_temperature=tau)
    assert 0.0 < float(found) < 1.0
    torch.testing.assert_close(found, soft_ddks(b, a, temperature, maximum_temperature=tau))
    same = soft_ddks(a, a.flip(0), temperature, maximum_temperature=tau)
    assert abs(float(same)) <= 1e-12


def test_the_default_maximum_falls_short_by_no_more_than_the_temperature():
    a, b = clouds(32, 32, 4)
    sharp = soft_ddks(a, b, 0.1, maximum_temperature=1e-7)
    soft = soft_ddks(a, b, 0.1)
    assert float(sharp) - 0.1 <= float(soft) < float(sharp)
    assert float(soft) == float(soft_ddks(a, b, 0.1, maximum_temperature=0.1 / math.log(2**5 * 64)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_gradient_reaches_every_sample(dtype, device):
    a, b = leaves(*(s.to(device, dtype) for s in clouds(64, 64, 7, planets=(3,))))
    soft_ddks(a, b, 0.3).sum().backward()
    for sample in (a, b):
        assert sample.grad.dtype == dtype
        assert bool(torch.isfinite(sample.grad).all())
        assert bool((sample.grad != 0).all())


def test_chunks_of_planets_and_centres_change_nothing(monkeypatch, device):
    a, b = leaves(*(s.to(device) for s in clouds(9, 7, 3, planets=(4,))))
    weights = torch.rand(4, 9, generator=torch.Generator().manual_seed(0)).to(device)
    weights[0, :3] = 0.0  # chunks of centres of which none counts

    def result():
        value = soft_ddks(a, b, 0.3, weights_a=weights)
        return value, *torch.autograd.grad(value.square().sum(), (a, b))

    whole = result()
    for elements in (1, 2000, 20000):
        monkeypatch.setattr(chunks, "CACHED", elements)
        monkeypatch.setattr(chunks, "PARALLEL", elements)
        for one, other in zip(result(), whole, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-14)


def test_leading_dimensions_broadcast_in_the_gradient_too():
    a, _ = clouds(5, 1, 2, planets=(3, 1))
    (b,) = leaves(clouds(1, 6, 2, planets=(2,))[1])
    found = soft_ddks(a, b, 0.2)
    assert found.shape == (3, 2)
    found.sum().backward()
    expected = sum(soft_ddks(a[i, 0], b[1], 0.2) for i in range(3))
    torch.testing.assert_close(b.grad[1], torch.autograd.grad(expected, b)[0][1])


def test_a_sample_that_is_not_finite_spoils_its_own_planet_only():
    a, b = clouds(5, 6, 2, planets=(3,))
    a[1, 2, 0] = torch.nan
    found = soft_ddks(a, b, 0.2)
    assert torch.isnan(found).tolist() == [False, True, False]


def test_half_precision_is_computed_in_float32_under_autocast_too():
    a, b = (s.float() for s in clouds(20, 20, 3))
    expected = soft_ddks(a.bfloat16(), b.bfloat16(), 0.2)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert float(soft_ddks(a.bfloat16(), b.bfloat16(), 0.2)) == float(expected)
    assert expected.dtype == torch.float32


def test_minimising_it_moves_one_cloud_onto_another():
    generator = torch.Generator().manual_seed(0)
    mix = torch.tensor([[1.0, 0.0], [0.8, 0.6]])  # correlated: the marginals alone are not enough
    target = torch.randn(64, 2, generator=generator) @ mix.T + 1.0
    shift = torch.zeros(2, requires_grad=True)
    matrix = torch.eye(2, requires_grad=True)
    noise = torch.randn(64, 2, generator=generator)
    before = float(ddks(noise, target))
    optimiser = torch.optim.Adam([shift, matrix], lr=0.05)
    for _ in range(150):
        optimiser.zero_grad()
        soft_ddks(noise @ matrix.T + shift, target, 0.3).backward()
        optimiser.step()
    moved = (noise @ matrix.T + shift).detach()
    assert float(ddks(moved, target)) < 0.15 < 0.4 < before
    assert float(torch.corrcoef(moved.T)[0, 1]) > 0.5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"temperature": 0.0}, "temperature must be positive and finite, not 0.0"),
        ({"temperature": 1.0, "maximum_temperature": math.nan}, "maximum_temperature must be positive"),
        ({"temperature": 1.0, "weights_b": torch.zeros(4)}, "weights_b are all zero"),
    ],
)
def test_a_bad_temperature_or_weight_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        soft_ddks(torch.zeros(4, 2), torch.zeros(4, 2), **arguments)


def test_too_many_dimensions_are_refused():
    with pytest.raises(ValueError, match="17 dimensions have too many orthants; at most 16"):
        soft_ddks(torch.zeros(4, 17), torch.zeros(4, 17), 0.1)
