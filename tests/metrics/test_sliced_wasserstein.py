"""The sliced Wasserstein distance against scipy, closed forms and finite differences."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.metrics import chunks, sliced_wasserstein


def clouds(n, m, dimensions, planets=(), seed=0):
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(*planets, n, dimensions, generator=generator, dtype=torch.float64)
    b = 0.4 + 1.3 * torch.randn(*planets, m, dimensions, generator=generator, dtype=torch.float64)
    return a, b


@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 1000))
def test_of_order_one_it_is_the_mean_of_scipys_over_directions(n, m, seed):
    a, b = clouds(n, m, 3, seed=seed)
    axes = torch.randn(4, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    unit = (axes / axes.norm(dim=1, keepdim=True)).numpy()
    expected = np.mean([stats.wasserstein_distance(a.numpy() @ u, b.numpy() @ u) for u in unit])
    assert float(sliced_wasserstein(a, b, axes, order=1)) == pytest.approx(expected, abs=1e-12)


def test_samples_repeated_to_a_common_size_give_the_same():
    a, b = clouds(6, 4, 2)
    for order in (1, 2, 3.5):
        common = sliced_wasserstein(a.repeat(2, 1), b.repeat(3, 1), order=order)
        torch.testing.assert_close(sliced_wasserstein(a, b, order=order), common)


def test_of_a_shift_it_is_the_length_over_the_root_of_the_dimension():
    a, _ = clouds(10, 1, 3)
    shift = torch.tensor([3.0, 0.0, 4.0], dtype=torch.float64)
    found = sliced_wasserstein(a, a + shift, 20000)
    assert float(found) == pytest.approx(5 / 3**0.5, rel=0.01)


def test_gradients_agree_with_finite_differences_and_reach_every_sample():
    for n, m in ((5, 5), (5, 3)):
        a, b = (s.requires_grad_() for s in clouds(n, m, 2, planets=(2,)))
        for order in (1.0, 2.0):
            assert torch.autograd.gradcheck(lambda a, b: sliced_wasserstein(a, b, 8, order=order), (a, b))  # noqa: B023
        sliced_wasserstein(a, b).sum().backward()
        assert bool((a.grad != 0).all())
        assert bool((b.grad != 0).all())


def test_equal_samples_have_no_distance_and_no_gradient():
    a = clouds(5, 1, 2)[0].requires_grad_()
    found = sliced_wasserstein(a, a.detach())
    assert float(found.detach()) == 0.0
    assert torch.equal(torch.autograd.grad(found, a)[0], torch.zeros_like(a))


def test_directions_are_the_same_in_every_call_unless_a_generator_draws_them():
    a, b = clouds(20, 20, 3)
    generator = torch.Generator().manual_seed(1)
    assert float(sliced_wasserstein(a, b, 5)) == float(sliced_wasserstein(a, b, 5))
    first, second = (float(sliced_wasserstein(a, b, 5, generator=generator)) for _ in range(2))
    assert first != second


def test_chunks_of_planets_change_nothing_and_leading_dimensions_broadcast(monkeypatch, device):
    a, b = (s.to(device).requires_grad_() for s in clouds(9, 7, 3, planets=(4, 1)))

    def result():
        value = sliced_wasserstein(a, b.squeeze(1)[:3])
        return value, *torch.autograd.grad(value.square().sum(), (a, b))

    whole = result()
    assert whole[0].shape == (4, 3)
    torch.testing.assert_close(whole[0][1, 2], sliced_wasserstein(a[1, 0], b[2, 0]))
    monkeypatch.setattr(chunks, "CACHED", 1)
    monkeypatch.setattr(chunks, "PARALLEL", 1)
    for one, other in zip(result(), whole, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


GOOD = torch.zeros(4, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"order": 0.5}, "order must be at least 1, not 0.5"),
        ({"directions": 0}, "at least one direction, not 0"),
        ({"directions": torch.ones(3, 3)}, r"directions must be \(L, 2\), not \(3, 3\)"),
        ({"directions": torch.zeros(1, 2)}, "a direction of length zero"),
    ],
)
def test_unusable_directions_and_orders_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        sliced_wasserstein(GOOD, GOOD, **arguments)
