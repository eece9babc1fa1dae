"""The exact d-dimensional KS distance against its definition, the authors' code, scipy and ks_distance."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from harness.metrics import chunks, ddks, ks_distance

EXACT = {"rtol": 0.0, "atol": 1e-12}


def by_definition(a, b, weights_a=None, weights_b=None):
    """Every orthant around every point that counts, one after the other."""
    weights_a = np.ones(len(a)) if weights_a is None else weights_a
    weights_b = np.ones(len(b)) if weights_b is None else weights_b
    largest = 0.0
    for centre in np.concatenate([a[weights_a > 0], b[weights_b > 0]]):
        masses = {}
        for sample, weights, sign in ((a, weights_a, 1.0), (b, weights_b, -1.0)):
            for point, weight in zip(sample, weights, strict=True):
                orthant = tuple(point >= centre)
                masses[orthant] = masses.get(orthant, 0.0) + sign * weight / weights.sum()
        largest = max(largest, *(abs(mass) for mass in masses.values()))
    return largest


def waves(n, dimensions, phase, decimals):
    """Points on incommensurate sine waves, rounded: the same numbers on every machine."""
    i, j = np.arange(1, n + 1)[:, None], np.arange(dimensions)
    return torch.from_numpy((2 * np.sin(i * (1.7 + j) + phase)).round(decimals))


@st.composite
def two_samples(draw, most_dimensions=8, weighted=False):
    """Two samples with many ties, and weights of which some are zero."""
    dimensions = draw(st.integers(1, most_dimensions))
    tied = st.integers(-2, 2).map(float) | st.floats(-3, 3, width=32)
    pair, weights = [], []
    for _ in range(2):
        n = draw(st.integers(1, 12))
        pair.append(draw(hnp.arrays(np.float64, (n, dimensions), elements=tied)))
        weights.append(draw(hnp.arrays(np.float64, n, elements=st.sampled_from([0.0, 0.5, 1.0, 7.0]))))
        weights[-1][draw(st.integers(0, n - 1))] = 2.0
    return (*pair, *weights) if weighted else tuple(pair)


def tensors(*arrays):
    return [torch.from_numpy(array) for array in arrays]


@settings(max_examples=40)
@given(two_samples())
def test_it_is_the_definition(pair):
    assert abs(float(ddks(*tensors(*pair))) - by_definition(*pair)) <= 1e-12


@settings(max_examples=40)
@given(two_samples(weighted=True))
def test_with_weights_it_is_the_definition_on_the_points_that_count(pair):
    assert abs(float(ddks(*tensors(*pair))) - by_definition(*pair)) <= 1e-12


@pytest.mark.parametrize("dimensions", range(1, 9))
@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 40), (80, 33)])
def test_every_dimension_and_size_agrees_with_the_definition(dimensions, n, m, device):
    generator = np.random.default_rng([dimensions, n, m])
    for decimals in (0, 1, 9):
        a = generator.normal(size=(n, dimensions)).round(decimals)
        b = generator.normal(0.3, 1.5, size=(m, dimensions)).round(decimals)
        found = ddks(torch.from_numpy(a).to(device), torch.from_numpy(b).to(device))
        assert abs(float(found) - by_definition(a, b)) <= 1e-12


@pytest.mark.parametrize("dimensions", [14, 15, 31, 62])
def test_many_dimensions_take_no_more_memory_than_points(dimensions):
    generator = np.random.default_rng(dimensions)
    a = generator.normal(size=(30, dimensions)).round(1)
    b = generator.normal(size=(20, dimensions)).round(1)
    weights = generator.random(30)
    assert abs(float(ddks(*tensors(a, b))) - by_definition(a, b)) <= 1e-12
    assert abs(float(ddks(*tensors(a, b, weights))) - by_definition(a, b, weights)) <= 1e-12


@pytest.mark.parametrize(
    ("dimensions", "n", "m", "decimals", "published"),
    [
        (1, 30, 20, 1, 0.050000011920928955),
        (2, 40, 40, 6, 0.17500001192092896),
        (3, 50, 35, 1, 0.19428572058677673),
        (5, 64, 48, 0, 0.125),
        (7, 90, 60, 6, 0.10000000149011612),
        (7, 60, 90, 1, 0.1111111119389534),
    ],
)
def test_it_is_what_the_authors_code_gives(dimensions, n, m, decimals, published):
    # printed by ddks.methods.ddKS of pnnl/DDKS, revision 70f8822, which adds up in float32
    found = ddks(waves(n, dimensions, 0.0, decimals), waves(m, dimensions, 0.7, decimals))
    assert float(found) == pytest.approx(published, abs=1e-7)


@settings(max_examples=40)
@given(two_samples(most_dimensions=1, weighted=True))
def test_in_one_dimension_it_is_the_ks_distance_with_ties_too(pair):
    a, b, weights_a, weights_b = tensors(*pair)
    assert float(ddks(a, b)) == float(ks_distance(a, b)[0])
    with np.errstate(divide="ignore"):  # in the p-value of one sample against one
        statistic = stats.ks_2samp(pair[0][:, 0], pair[1][:, 0], method="asymp").statistic
    assert abs(float(ddks(a, b)) - statistic) <= 1e-12
    weighted = ks_distance(a, b, weights_a, weights_b)[0]
    torch.testing.assert_close(ddks(a, b, weights_a, weights_b), weighted, **EXACT)


@settings(max_examples=40)
@given(two_samples(weighted=True))
def test_it_is_symmetric_and_no_smaller_than_any_marginal(pair):
    a, b, weights_a, weights_b = tensors(*pair)
    found = ddks(a, b, weights_a, weights_b)
    torch.testing.assert_close(found, ddks(b, a, weights_b, weights_a), **EXACT)
    # a marginal half space is made of orthants, so its gap is at most the sum of theirs
    marginal = ks_distance(a, b, weights_a, weights_b).amax()
    assert float(marginal) <= float(found) * 2 ** (a.shape[1] - 1) + 1e-12


@settings(max_examples=40)
@given(two_samples())
def test_a_sample_is_at_no_distance_from_itself_and_at_one_from_what_it_does_not_touch(pair):
    a, b = tensors(*pair)
    assert float(ddks(a, a.flip(0))) == 0.0
    assert float(ddks(a, b + 100)) == 1.0


@settings(max_examples=40)
@given(two_samples(weighted=True))
def test_a_point_in_two_halves_of_its_weight_counts_as_the_whole(pair):
    a, b, weights_a, weights_b = tensors(*pair)
    halved = ddks(a.repeat(2, 1), b, weights_a.repeat(2) / 2, 8 * weights_b)
    torch.testing.assert_close(halved, ddks(a, b, weights_a, weights_b), **EXACT)


@settings(max_examples=40)
@given(two_samples())
def test_an_increasing_map_of_any_dimension_changes_nothing(pair):
    a, b = tensors(*pair)
    mapped = [torch.cat([sample[:, :1] * 8, sample[:, 1:] / 1024], dim=1) for sample in (a, b)]
    assert float(ddks(*mapped)) == float(ddks(a, b))


@pytest.mark.parametrize("dimensions", [3, 12])
def test_chunks_of_planets_and_centres_change_nothing(dimensions, monkeypatch, device):
    generator = torch.Generator().manual_seed(0)
    a = torch.randn(5, 40, dimensions, generator=generator).round(decimals=1).to(device)
    b = torch.randn(5, 30, dimensions, generator=generator).round(decimals=1).to(device)
    weights = torch.rand(5, 40, generator=generator).to(device)
    whole, weighted = ddks(a, b), ddks(a, b, weights)
    alone = torch.stack([ddks(a[i], b[i]) for i in range(5)])
    assert torch.equal(whole, alone)
    for elements in (1, 2**12, 2**14):
        monkeypatch.setattr(chunks, "CACHED", elements)
        monkeypatch.setattr(chunks, "PARALLEL", elements)
        assert torch.equal(ddks(a, b), whole)
        torch.testing.assert_close(ddks(a, b, weights), weighted, **EXACT)


def test_leading_dimensions_broadcast():
    generator = torch.Generator().manual_seed(1)
    a = torch.randn(3, 1, 20, 2, generator=generator)
    b = torch.randn(4, 30, 2, generator=generator)
    weights_b = torch.rand(30, generator=generator)
    found = ddks(a, b, None, weights_b)
    assert found.shape == (3, 4)
    assert found.dtype == torch.float64
    torch.testing.assert_close(found[2, 1], ddks(a[2, 0], b[1], None, weights_b), **EXACT)


def test_no_planets_give_no_distances():
    assert ddks(torch.empty(0, 5, 3), torch.empty(0, 4, 3)).shape == (0,)


def test_float32_is_compared_as_the_number_it_is():
    third = torch.tensor([[1 / 3]], dtype=torch.float32)
    assert float(ddks(third, third.double())) == 0.0
    assert float(ddks(third, torch.tensor([[1 / 3]], dtype=torch.float64))) == 1.0


GOOD = torch.zeros(4, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((torch.full((2, 1), torch.nan), torch.zeros(2, 1)), "a holds NaN"),
        ((torch.zeros(2, 1), torch.full((2, 1), torch.nan)), "b holds NaN"),
        ((GOOD, GOOD, torch.tensor([1.0, -1.0, 1.0, 1.0])), "weights_a hold a negative weight"),
        ((GOOD, GOOD, None, torch.tensor([1.0, torch.nan, 1.0, 1.0])), "weights_b hold NaN or infinity"),
        ((GOOD, GOOD, torch.zeros(4)), "weights_a are all zero"),
        ((GOOD, GOOD, torch.ones(3)), r"4 rows of a need weights_a \(..., 4\), not \(3,\)"),
        ((GOOD, torch.zeros(4, 3)), "same last dimension, not 2 and 3"),
        ((GOOD, torch.zeros(0, 2)), "b must be"),
        ((torch.zeros(4), GOOD), "a must be"),
        ((torch.zeros(2, 4, 2), torch.zeros(3, 4, 2)), r"\(2,\), \(3,\) do not broadcast"),
        ((torch.zeros(4, 63), torch.zeros(4, 63)), "63 dimensions have too many orthants; at most 62"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        ddks(*arguments)
