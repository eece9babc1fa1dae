"""Permutation tests against all permutations, and their size and power with every distance."""

from functools import partial
from itertools import combinations

import pytest
import torch

from harness.metrics import chunks, ddks, energy_distance, mmd, permutation_test, sliced_wasserstein

DISTANCES = [ddks, mmd, partial(mmd, kernel="polynomial", unbiased=True), energy_distance]
DISTANCES.append(partial(sliced_wasserstein, directions=16))


def clouds(planets, n, m, shift, seed=0):
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(planets, n, 2, generator=generator, dtype=torch.float64)
    return a, shift + torch.randn(planets, m, 2, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("distance", DISTANCES)
def test_the_p_value_is_the_fraction_of_all_permutations(distance):
    a, b = (s[0] for s in clouds(1, 4, 3, 0.8))
    pooled, observed = torch.cat([a, b]), float(distance(a, b))
    chosen = list(combinations(range(7), 4))
    rest = [[i for i in range(7) if i not in some] for some in chosen]
    every = distance(pooled[torch.tensor(chosen)], pooled[torch.tensor(rest)])
    exact = float((every >= observed - 1e-9).double().mean())
    found = permutation_test(distance, a, b, permutations=3000)
    assert float(found.statistic) == observed
    assert float(found.p_value) == pytest.approx(exact, abs=4 * (exact / 3000) ** 0.5 + 1 / 3001)


@pytest.mark.parametrize("distance", DISTANCES)
def test_it_rejects_rarely_what_is_equal_and_surely_what_is_not(distance, device):
    a, b = (s.to(device) for s in clouds(300, 8, 6, 0.0))
    p = permutation_test(distance, a, b, permutations=39).p_value
    # the smallest p-value is 1/40, and its chance at most that: 7.5 of 300 expected
    assert int((p <= 0.05).sum()) <= 0.05 * 300 + 4 * (300 * 0.05 * 0.95) ** 0.5
    assert float(p.min()) >= 1 / 40
    assert 0.4 < float(p.mean()) < 0.7
    a, b = (s.to(device) for s in clouds(20, 16, 12, 2.5))
    assert float(permutation_test(distance, a, b, permutations=39).p_value.max()) <= 0.05


def test_samples_that_are_equal_are_never_rejected():
    a, _ = clouds(3, 10, 1, 0.0)
    assert torch.equal(permutation_test(ddks, a, a).p_value, torch.ones(3, dtype=torch.float64))


def test_planets_broadcast_and_chunks_change_nothing(monkeypatch):
    a, b = clouds(6, 5, 4, 1.0)
    whole = permutation_test(energy_distance, a.reshape(3, 2, 5, 2), b[0], permutations=20)
    assert whole.statistic.shape == whole.p_value.shape == (3, 2)
    monkeypatch.setattr(chunks, "CACHED", 300)
    chunked = permutation_test(energy_distance, a.reshape(3, 2, 5, 2), b[0], permutations=20)
    assert torch.equal(whole.p_value, chunked.p_value)


def test_a_generator_draws_other_permutations():
    a, b = clouds(20, 6, 6, 0.5)
    first, again = (permutation_test(ddks, a, b).p_value for _ in range(2))
    other = permutation_test(ddks, a, b, generator=torch.Generator().manual_seed(5)).p_value
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_no_permutation_is_no_test():
    with pytest.raises(ValueError, match="at least one permutation, not 0"):
        permutation_test(ddks, torch.zeros(3, 1), torch.zeros(3, 1), permutations=0)
