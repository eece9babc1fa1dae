"""MMD and energy distance against their double sums, scipy, and what they promise on average."""

from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.metrics import RBF, Polynomial, chunks, energy_distance, mmd

KERNELS = [RBF(), RBF(scales=(1.0,), bandwidth=0.7), Polynomial(), Polynomial(degree=2, scale=0.5, offset=0)]
DISTANCES = [*(partial(mmd, kernel=kernel) for kernel in KERNELS), energy_distance]


def clouds(n, m, dimensions, planets=(), seed=0):
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(*planets, n, dimensions, generator=generator, dtype=torch.float64)
    b = 0.4 + 1.3 * torch.randn(*planets, m, dimensions, generator=generator, dtype=torch.float64)
    return a, b


def leaves(*samples):
    return [sample.clone().requires_grad_() for sample in samples]


def double_sum(kernel, a, b, weights_a, weights_b, unbiased):
    """The discrepancy of one planet, pair by pair."""

    def mean(x, y, w, v, same):
        pairs = [(i, j) for i in range(len(x)) for j in range(len(y)) if not (same and i == j)]
        mass = sum(w[i] * v[j] for i, j in pairs)
        return sum(w[i] * v[j] * kernel(x[i], y[j]) for i, j in pairs) / mass

    within = mean(a, a, weights_a, weights_a, unbiased) + mean(b, b, weights_b, weights_b, unbiased)
    return within - 2 * mean(a, b, weights_a, weights_b, False)


def rbf_by_hand(bandwidth, scales):
    return lambda x, y: (
        sum(torch.exp(-((x - y) ** 2).sum() / (2 * (s * bandwidth) ** 2)) for s in scales) / len(scales)
    )


@pytest.mark.parametrize("unbiased", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_they_are_their_double_sums(unbiased, weighted, device):
    a, b = clouds(7, 5, 3)
    weights = torch.tensor([0.0, 1, 2, 0.5, 1, 1, 3]) if weighted else torch.ones(7)
    given = {"weights_a": weights.to(device)} if weighted else {}
    for distance, kernel in (
        (partial(mmd, kernel=RBF((0.5, 2.0), 0.7)), rbf_by_hand(0.7, (0.5, 2.0))),
        (partial(mmd, kernel=Polynomial(2, 0.5, 0.3)), lambda x, y: (0.5 * x @ y + 0.3) ** 2),
        (partial(mmd, kernel="polynomial"), lambda x, y: (x @ y / 3 + 1) ** 3),
        (energy_distance, lambda x, y: -((x - y) ** 2).sum().sqrt()),
    ):
        found = distance(a.to(device), b.to(device), unbiased=unbiased, **given)
        expected = double_sum(kernel, a, b, weights, torch.ones(5), unbiased)
        torch.testing.assert_close(found.cpu(), expected.double(), rtol=1e-6, atol=1e-9)


def test_the_bandwidth_is_the_median_distance_between_points_of_both_samples():
    a, b = clouds(8, 6, 2, planets=(2,))
    for planet in range(2):
        bandwidth = float(torch.pdist(torch.cat([a[planet], b[planet]])).median())
        expected = mmd(a[planet], b[planet], RBF(bandwidth=bandwidth))
        torch.testing.assert_close(mmd(a, b)[planet], expected)


def test_the_bandwidth_of_large_weighted_samples_follows_the_weight():
    generator = torch.Generator().manual_seed(0)
    narrow = torch.randn(700, 2, generator=generator)
    far = 1000 * torch.randn(700, 2, generator=generator)
    weights = torch.cat([torch.ones(700), torch.zeros(700)])
    with_far = mmd(torch.cat([narrow, far]), narrow[:200] + 0.5, weights_a=weights)
    assert float(with_far) == pytest.approx(float(mmd(narrow, narrow[:200] + 0.5)), rel=0.05)


def test_points_that_are_all_the_same_have_a_distance_of_zero_and_a_gradient():
    a, b = leaves(torch.ones(4, 2), torch.ones(3, 2))
    for distance in (mmd, energy_distance):
        found = distance(a, b)
        gradient = torch.autograd.grad(found, a)[0]
        assert abs(float(found.detach())) <= 1e-6
        assert bool(torch.isfinite(gradient).all())


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 1000))
def test_in_one_dimension_the_energy_distance_is_the_square_of_scipys(n, m, seed):
    a, b = (s.round(decimals=1) for s in clouds(n, m, 1, seed=seed))
    weights = torch.rand(n, generator=torch.Generator().manual_seed(seed)) + 0.01
    expected = stats.energy_distance(a[:, 0], b[:, 0], weights) ** 2
    assert float(energy_distance(a, b, weights_a=weights)) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("distance", DISTANCES)
def test_gradients_agree_with_finite_differences(distance):
    a, b = leaves(*clouds(4, 3, 2, planets=(2,)))
    if isinstance(distance, partial) and distance.keywords["kernel"] == RBF():
        distance = partial(mmd, kernel=RBF(bandwidth=1.0))  # the median's own slope is left out on purpose
    for unbiased in (False, True):
        assert torch.autograd.gradcheck(lambda a, b: distance(a, b, unbiased=unbiased), (a, b))  # noqa: B023


@pytest.mark.parametrize("distance", DISTANCES)
def test_biased_is_zero_for_equal_samples_and_positive_and_symmetric_otherwise(distance):
    a, b = clouds(20, 30, 3)
    assert float(distance(a, b)) > 0
    torch.testing.assert_close(distance(a, b), distance(b, a))
    assert abs(float(distance(a, a.flip(0)))) < 1e-12


@pytest.mark.parametrize("distance", DISTANCES)
def test_unbiased_is_zero_on_average_over_equal_distributions(distance):
    a, _ = clouds(12, 1, 2, planets=(4000,))
    b, _ = clouds(9, 1, 2, planets=(4000,), seed=1)
    unbiased, biased = distance(a, b, unbiased=True), distance(a, b)
    error = float(unbiased.std()) / 4000**0.5
    assert abs(float(unbiased.mean())) < 4 * error
    assert float(biased.mean()) > 20 * error


@pytest.mark.parametrize("distance", DISTANCES)
def test_a_point_in_two_halves_of_its_weight_counts_as_the_whole(distance):
    a, b = clouds(10, 8, 2)
    weights = torch.rand(10, generator=torch.Generator().manual_seed(1))
    if isinstance(distance, partial) and distance.keywords["kernel"] == RBF():
        distance = partial(mmd, kernel=RBF(bandwidth=1.0))
    whole = distance(a, b, weights_a=weights)
    halved = distance(a.repeat(2, 1), b, weights_a=weights.repeat(2))
    torch.testing.assert_close(halved, whole)


@pytest.mark.parametrize("distance", DISTANCES)
def test_chunks_of_planets_and_rows_change_nothing(distance, monkeypatch, device):
    a, b = leaves(*(s.to(device) for s in clouds(9, 7, 3, planets=(4,))))

    def result():
        value = distance(a, b, unbiased=True)
        return value, *torch.autograd.grad(value.square().sum(), (a, b))

    whole = result()
    for elements in (1, 20, 200):
        monkeypatch.setattr(chunks, "CACHED", elements)
        monkeypatch.setattr(chunks, "PARALLEL", elements)
        for one, other in zip(result(), whole, strict=True):
            torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("distance", DISTANCES)
def test_nothing_as_large_as_the_pairs_is_kept_for_the_backward_pass(distance):
    a, b = leaves(*clouds(600, 500, 2))
    kept = []

    def pack(tensor):
        kept.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        distance(a, b)
    assert max(kept, default=0) <= 600 * 2


def test_leading_dimensions_broadcast():
    a, _ = clouds(5, 1, 2, planets=(3, 1))
    _, b = clouds(1, 6, 2, planets=(2,))
    for distance in DISTANCES:
        found = distance(a, b)
        assert found.shape == (3, 2)
        torch.testing.assert_close(found[2, 1], distance(a[2, 0], b[1]))
        assert distance(a[:0], b).shape == (0, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mmd(torch.zeros(2, 1), torch.zeros(2, 1), "cubic"), "one of rbf, polynomial, not 'cubic'"),
        (lambda: mmd(torch.zeros(1, 1), torch.zeros(2, 1), unbiased=True), "at least two points .* but a"),
        (lambda: energy_distance(torch.zeros(2, 1), torch.zeros(1, 1), unbiased=True), "but b has one"),
        (lambda: energy_distance(torch.zeros(2, 1), torch.zeros(2, 2)), "same last dimension"),
        (lambda: mmd(torch.zeros(2, 1), torch.zeros(2, 1), weights_a=torch.zeros(2)), "all zero"),
        (lambda: RBF(scales=()), "scales must be positive"),
        (lambda: RBF(bandwidth=0.0), "bandwidth must be positive"),
        (lambda: Polynomial(degree=0), "degree must be at least 1"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
