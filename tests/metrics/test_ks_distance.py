"""The weighted KS distance against scipy and against the definition written out."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from harness.metrics import ks_distance

EXACT = {"rtol": 0.0, "atol": 1e-12}
fewer = settings(max_examples=40)  # to draw so many numbers takes 20 ms


def column(values):
    return torch.from_numpy(np.asarray(values))[:, None]


def of_scipy(a, b):
    with np.errstate(divide="ignore"):  # in the p-value of one sample against one
        return stats.ks_2samp(a, b, method="asymp").statistic


def by_definition(a, b, weights_a, weights_b):
    """sup |F_a - F_b|, both distribution functions summed anew at every sample of either."""
    at = np.concatenate([a, b])[:, None]
    f_a = ((a <= at) * weights_a).sum(axis=1) / weights_a.sum()
    f_b = ((b <= at) * weights_b).sum(axis=1) / weights_b.sum()
    return np.abs(f_a - f_b).max()


# few distinct values make ties within and between the samples
tied = st.integers(-3, 3).map(float) | st.floats(-4, 4, width=32)
samples = hnp.arrays(np.float64, st.integers(1, 30), elements=tied)
masses = st.floats(0, 10, width=32).map(lambda w: 0.0 if w < 1e-6 else w)


@st.composite
def weighted_samples(draw):
    values = draw(samples)
    weights = draw(hnp.arrays(np.float64, len(values), elements=masses))
    weights[draw(st.integers(0, len(values) - 1))] += 1.0  # never all zero
    return values, weights


@fewer
@given(samples, samples)
def test_without_weights_it_is_the_statistic_of_scipy(a, b):
    assert abs(float(ks_distance(column(a), column(b))) - of_scipy(a, b)) <= 1e-12


@fewer
@given(weighted_samples(), weighted_samples())
def test_with_weights_it_is_the_distance_of_the_weighted_distribution_functions(first, second):
    (a, weights_a), (b, weights_b) = first, second
    found = ks_distance(column(a), column(b), torch.from_numpy(weights_a), torch.from_numpy(weights_b))
    assert abs(float(found) - by_definition(a, b, weights_a, weights_b)) <= 1e-12


@fewer
@given(weighted_samples(), samples)
def test_one_sample_may_have_weights_and_the_other_none(first, b):
    a, weights_a = first
    expected = by_definition(a, b, weights_a, np.ones(len(b)))
    found = ks_distance(column(a), column(b), torch.from_numpy(weights_a))
    assert abs(float(found) - expected) <= 1e-12
    mirrored = ks_distance(column(b), column(a), None, torch.from_numpy(weights_a))
    assert abs(float(mirrored) - expected) <= 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("n", "m"), [(1, 1), (1, 5000), (5000, 1), (2, 3), (999, 1000), (4500, 3923), (5000, 5000)]
)
def test_every_length_agrees_with_scipy(n, m, dtype, device):
    generator = np.random.default_rng([n, m])
    a = generator.normal(size=(n, 3)).astype(dtype)
    b = generator.normal(0.1, 1.2, size=(m, 3)).astype(dtype).round(2)
    found = ks_distance(torch.from_numpy(a).to(device), torch.from_numpy(b).to(device))
    expected = [of_scipy(x, y) for x, y in zip(a.T, b.T, strict=True)]
    assert found.dtype == torch.float64
    np.testing.assert_allclose(found.cpu(), expected, **EXACT)


def test_without_weights_not_even_the_last_bit_differs_from_scipys_exact_statistic():
    generator = np.random.default_rng(7)
    for n, m in ((10, 12), (77, 49), (300, 400), (1000, 999)):
        a, b = generator.normal(size=n), generator.normal(0.2, 1, size=m)
        assert float(ks_distance(column(a), column(b))) == stats.ks_2samp(a, b, method="exact").statistic


def test_many_planets_at_once_give_what_each_gives_alone(device):
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(400, 700, 7, generator=generator, dtype=torch.float64).to(device)
    b = torch.randn(400, 500, 7, generator=generator, dtype=torch.float64).to(device)
    weights_a = torch.rand(400, 700, generator=generator, dtype=torch.float64).to(device)
    weights_b = torch.rand(400, 500, generator=generator, dtype=torch.float64).to(device)
    together = ks_distance(a, b, weights_a, weights_b)
    assert together.shape == (400, 7)
    for planet in (0, 61, 62, 399):  # both sides of where memory makes it start a new chunk
        alone = ks_distance(a[planet], b[planet], weights_a[planet], weights_b[planet])
        torch.testing.assert_close(together[planet], alone, rtol=0.0, atol=1e-12)


def test_leading_dimensions_broadcast():
    generator = torch.Generator().manual_seed(1)
    a = torch.randn(3, 1, 20, 2, generator=generator)
    b = torch.randn(4, 30, 2, generator=generator)
    weights_b = torch.rand(30, generator=generator)
    found = ks_distance(a, b, None, weights_b)
    assert found.shape == (3, 4, 2)
    for i in range(3):
        for j in range(4):
            expected = ks_distance(a[i, 0], b[j], None, weights_b)
            torch.testing.assert_close(found[i, j], expected, rtol=0.0, atol=1e-12)


def test_no_planets_give_no_distances():
    assert ks_distance(torch.empty(0, 5, 3), torch.empty(0, 4, 3)).shape == (0, 3)


def test_float32_is_compared_as_the_number_it_is():
    third = torch.tensor([[1 / 3]], dtype=torch.float32)
    assert float(ks_distance(third, third.double())) == 0.0
    assert float(ks_distance(third, torch.tensor([[1 / 3]], dtype=torch.float64))) == 1.0


@fewer
@given(weighted_samples(), weighted_samples())
def test_it_is_symmetric(first, second):
    (a, weights_a), (b, weights_b) = [(column(x), torch.from_numpy(w)) for x, w in (first, second)]
    forward, backward = ks_distance(a, b, weights_a, weights_b), ks_distance(b, a, weights_b, weights_a)
    torch.testing.assert_close(forward, backward, rtol=0.0, atol=1e-12)


@fewer
@given(weighted_samples())
def test_a_sample_is_at_no_distance_from_itself_and_at_one_from_what_it_does_not_touch(sample):
    values, weights = column(sample[0]), torch.from_numpy(sample[1])
    assert float(ks_distance(values, values, weights, weights)) <= 1e-12
    assert float(ks_distance(values, values)) == 0.0
    assert abs(float(ks_distance(values, values + 100, weights, weights)) - 1.0) <= 1e-12
    assert float(ks_distance(values, values + 100)) == 1.0


@fewer
@given(weighted_samples(), weighted_samples())
def test_an_increasing_map_of_both_samples_changes_nothing(first, second):
    (a, weights_a), (b, weights_b) = [(column(x), torch.from_numpy(w)) for x, w in (first, second)]
    # a power of two and a cube of small numbers lose no order to rounding
    mapped = ks_distance(8 * a.float().double() ** 3, 8 * b.float().double() ** 3, weights_a, weights_b)
    plain = ks_distance(a.float(), b.float(), weights_a, weights_b)
    torch.testing.assert_close(mapped, plain, rtol=0.0, atol=1e-12)


@fewer
@given(weighted_samples(), weighted_samples())
def test_a_sample_in_two_halves_of_its_weight_counts_as_the_whole(first, second):
    (a, weights_a), (b, weights_b) = [(column(x), torch.from_numpy(w)) for x, w in (first, second)]
    halved = ks_distance(a.repeat(2, 1), b, weights_a.repeat(2) / 2, weights_b)
    torch.testing.assert_close(halved, ks_distance(a, b, weights_a, weights_b), rtol=0.0, atol=1e-12)


def test_the_scale_of_the_weights_does_not_matter():
    generator = torch.Generator().manual_seed(3)
    a, b = torch.randn(50, 2, generator=generator), torch.randn(40, 2, generator=generator)
    weights = torch.rand(50, generator=generator)
    torch.testing.assert_close(
        ks_distance(a, b, weights), ks_distance(a, b, 2**20 * weights), rtol=0.0, atol=1e-12
    )


GOOD = torch.zeros(4, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.tensor([[0.0], [torch.nan]]), torch.zeros(2, 1)), "a holds NaN"),
        ((torch.zeros(2, 1), torch.tensor([[0.0], [torch.nan]])), "b holds NaN"),
        ((GOOD, GOOD, torch.tensor([1.0, -1.0, 1.0, 1.0])), "weights_a hold a negative weight"),
        ((GOOD, GOOD, None, torch.tensor([1.0, torch.nan, 1.0, 1.0])), "weights_b hold NaN or infinity"),
        ((GOOD, GOOD, torch.zeros(4)), "weights_a are all zero"),
        ((GOOD, GOOD, torch.ones(3)), r"4 rows of a need weights_a \(..., 4\), not \(3,\)"),
        ((GOOD, torch.zeros(4, 3)), "same last dimension, not 2 and 3"),
        ((GOOD, torch.zeros(0, 2)), "b must be"),
        ((torch.zeros(4), GOOD), "a must be"),
        ((torch.zeros(2, 4, 2), torch.zeros(3, 4, 2)), r"\(2,\), \(3,\), .* do not broadcast"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ks_distance(*arguments)
