"""The two posterior scores against METRIC's steps written out with numpy loops and scipy."""

import numpy as np
import pytest
import torch
from scipy import stats

from harness.metrics import ARIEL_BOUNDS, ks_distance, official_posterior_score, posterior_score

LOWER, UPPER = np.array(ARIEL_BOUNDS).T


def trace(generator, rows, *, equal=False):
    """A cloud that reaches over the bounds on both sides, with its weights."""
    centre = generator.uniform(LOWER, UPPER)
    values = generator.normal(centre, 0.4 * (UPPER - LOWER), size=(rows, len(LOWER)))
    weights = np.ones(rows) if equal else generator.gamma(0.3, size=rows) + 1e-9
    return values, weights / weights.sum()


def catalogue(seed, lengths, *, equal=False):
    generator = np.random.default_rng(seed)
    pairs = [trace(generator, rows, equal=equal) for rows in lengths]
    return [values for values, _ in pairs], [weights for _, weights in pairs]


def resampled(values, weights, u):
    """Systematic resampling, one position after the other."""
    rows = len(weights)
    cumulative = np.cumsum(weights)
    chosen, j = [], 0
    for i in range(rows):
        while not (u + i) / rows < cumulative[j]:
            j += 1
        chosen.append(j)
    return values[chosen]


def as_published(samples, weights, truth_samples, truth_weights, seed):
    """The challenge's steps, planet by planet and parameter by parameter."""
    generator = np.random.default_rng(seed)
    scores = []
    for x, w, y, v in zip(samples, weights, truth_samples, truth_weights, strict=True):
        prediction = np.clip(resampled(x, w, generator.random()), LOWER, UPPER)
        truth = np.clip(resampled(y, v, generator.random()), LOWER, UPPER)
        scores.append(
            [
                1000
                * (1 - stats.ks_2samp(prediction[:, p], np.resize(truth[:, p], len(prediction))).statistic)
                for p in range(x.shape[1])
            ]
        )
    return np.array(scores)


LENGTHS = [(1200, 1743), (1000, 1000), (2500, 900), (1500, 700), (999, 1000), (1, 40), (40, 1), (1100, 3000)]


@pytest.mark.parametrize("equal", [True, False])
@pytest.mark.parametrize("seed", [0, 1, 42])
def test_the_official_score_follows_every_published_step(equal, seed, device):
    samples, weights = catalogue(10, [n for n, _ in LENGTHS], equal=equal)
    truth_samples, truth_weights = catalogue(11, [m for _, m in LENGTHS], equal=equal)
    expected = as_published(samples, weights, truth_samples, truth_weights, seed)
    arguments = [
        [torch.from_numpy(array).to(device) for array in arrays]
        for arrays in (samples, weights, truth_samples, truth_weights)
    ]
    found = official_posterior_score(*arguments, seed=seed, per_parameter=True)
    np.testing.assert_allclose(found.cpu(), expected, rtol=0, atol=1e-9)  # of 1000: 1e-12 of KS
    averaged = official_posterior_score(*arguments, seed=seed)
    np.testing.assert_allclose(averaged.cpu(), expected.mean(axis=1), rtol=0, atol=1e-9)


@pytest.mark.parametrize("equal", [True, False])
def test_the_exact_score_is_that_of_the_weighted_ks_distance(equal, device):
    lengths = [(n // 4 + 1, m // 4 + 1) for n, m in LENGTHS]  # whose every pair is compared
    samples, weights = catalogue(10, [n for n, _ in lengths], equal=equal)
    truth_samples, truth_weights = catalogue(11, [m for _, m in lengths], equal=equal)
    found = posterior_score(
        *[
            [torch.from_numpy(array).to(device) for array in arrays]
            for arrays in (samples, weights, truth_samples, truth_weights)
        ],
        per_parameter=True,
    )
    for planet in range(len(LENGTHS)):
        x, y = (np.clip(values[planet], LOWER, UPPER) for values in (samples, truth_samples))
        for p in range(len(LOWER)):
            at = np.concatenate([x[:, p], y[:, p]])[:, None]
            difference = ((x[:, p] <= at) * weights[planet]).sum(axis=1) - (
                (y[:, p] <= at) * truth_weights[planet]
            ).sum(axis=1)
            assert abs(float(found[planet, p]) - 1000 * (1 - np.abs(difference).max())) <= 1e-9


def test_with_equal_weights_the_exact_score_is_that_of_scipy():
    samples, weights = catalogue(3, [1000, 1500], equal=True)
    truth_samples, truth_weights = catalogue(4, [1743, 1200], equal=True)
    found = posterior_score(samples, weights, truth_samples, truth_weights, per_parameter=True)
    for planet in range(2):
        x, y = (np.clip(values[planet], LOWER, UPPER) for values in (samples, truth_samples))
        expected = [1000 * (1 - stats.ks_2samp(x[:, p], y[:, p]).statistic) for p in range(len(LOWER))]
        np.testing.assert_allclose(found[planet], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("score", [posterior_score, official_posterior_score])
def test_many_planets_at_once_give_what_they_give_in_few(score):
    generator = np.random.default_rng(0)
    lengths = generator.integers(1000, 1400, size=150)
    samples, weights = catalogue(1, lengths)
    truth_samples, truth_weights = catalogue(2, lengths[::-1])
    together = score(samples, weights, truth_samples, truth_weights)
    first = score(samples[:40], weights[:40], truth_samples[:40], truth_weights[:40])
    torch.testing.assert_close(together[:40], first, rtol=0.0, atol=1e-9)


@pytest.mark.parametrize("score", [posterior_score, official_posterior_score])
def test_arrays_of_equal_length_may_come_as_one(score):
    samples, weights = catalogue(5, [50, 50, 50])
    truth_samples, truth_weights = catalogue(6, [70, 80, 90])
    ragged = score(samples, weights, truth_samples, truth_weights)
    stacked = score(
        torch.from_numpy(np.stack(samples)), torch.from_numpy(np.stack(weights)), truth_samples, truth_weights
    )
    assert torch.equal(ragged, stacked)
    numpy_stacked = score(np.stack(samples), np.stack(weights), truth_samples, truth_weights)
    assert torch.equal(ragged, numpy_stacked)


@pytest.mark.parametrize("score", [posterior_score, official_posterior_score])
def test_one_planet_may_come_alone(score):
    (samples,), (weights,) = catalogue(5, [50])
    (truth_samples,), (truth_weights,) = catalogue(6, [70])
    alone = score(samples, weights, truth_samples, truth_weights)
    assert alone.shape == ()
    assert alone == score([samples], [weights], [truth_samples], [truth_weights])[0]
    apart = score(samples, weights, truth_samples, truth_weights, per_parameter=True)
    assert apart.shape == (7,)
    torch.testing.assert_close(apart.mean(), alone)


def test_the_uniform_numbers_follow_from_the_seed():
    arguments = (*catalogue(5, [200, 300]), *catalogue(6, [250, 150]))
    assert torch.equal(official_posterior_score(*arguments), official_posterior_score(*arguments, seed=0))
    assert not torch.equal(official_posterior_score(*arguments), official_posterior_score(*arguments, seed=1))


def test_the_best_score_is_1000_and_the_worst_0():
    samples, weights = catalogue(8, [300, 400])
    assert torch.allclose(
        posterior_score(samples, weights, samples, weights), torch.tensor(1000.0).double(), atol=1e-9
    )
    low, high = np.tile(LOWER, (300, 1)), np.tile(UPPER, (200, 1))
    equal = np.full(300, 1 / 300), np.full(200, 1 / 200)
    assert float(posterior_score(low, equal[0], high, equal[1])) == pytest.approx(0.0, abs=1e-9)
    assert float(official_posterior_score(low, equal[0], high, equal[1])) == 0.0


def test_what_lies_outside_the_bounds_counts_as_on_them_whatever_its_precision():
    outside = np.tile(LOWER - 1, (10, 1)).astype(np.float32)
    on = np.tile(LOWER, (20, 1))
    weights = np.full(10, 0.1), np.full(20, 0.05)
    assert float(posterior_score(outside, weights[0], on, weights[1])) == pytest.approx(1000.0, abs=1e-9)
    assert float(official_posterior_score(outside, weights[0], on, weights[1])) == 1000.0


def test_planets_of_different_precision_keep_their_own():
    samples, weights = catalogue(5, [50, 50])
    truth_samples, truth_weights = catalogue(6, [50, 50])
    mixed = [samples[0].astype(np.float32), samples[1]]
    found = posterior_score(mixed, weights, mixed[::-1], weights[::-1])
    alone = posterior_score(mixed[1], weights[1], mixed[0], weights[0])
    assert float(found[1]) == pytest.approx(float(alone), abs=1e-9)
    again = posterior_score(mixed, weights, truth_samples, truth_weights)
    assert float(again[1]) == pytest.approx(
        float(posterior_score(samples[1], weights[1], truth_samples[1], truth_weights[1])), abs=1e-9
    )


def test_other_parameters_need_other_bounds():
    generator = np.random.default_rng(0)
    x, y = generator.normal(size=(30, 2)), generator.normal(size=(40, 2))
    equal = np.full(30, 1 / 30), np.full(40, 1 / 40)
    found = posterior_score(x, equal[0], y, equal[1], bounds=[(-9, 9), (-9, 9)], per_parameter=True)
    expected = 1000 * (1 - ks_distance(torch.from_numpy(x), torch.from_numpy(y)))
    torch.testing.assert_close(found, expected, rtol=0.0, atol=1e-9)


def test_weights_that_sum_to_one_but_for_float32_are_accepted():
    (samples,), (weights,) = catalogue(5, [1500])
    rounded = weights.astype(np.float32)
    rounded = rounded / rounded.sum() * np.float32(1 - 3e-7)
    found = official_posterior_score(samples, rounded, samples, weights)
    assert float(found) == pytest.approx(
        float(official_posterior_score(samples, weights, samples, weights)), abs=5
    )


def spoiled(fault):
    """Two planets, the second of them with a fault."""
    samples, weights = catalogue(5, [20, 30])
    truth_samples, truth_weights = catalogue(6, [25, 25])
    fault(samples, weights, truth_samples, truth_weights)
    return samples, weights, truth_samples, truth_weights


def nan_sample(samples, weights, truth_samples, truth_weights):
    samples[1][3, 2] = np.nan


def nan_truth(samples, weights, truth_samples, truth_weights):
    truth_samples[1][:] = np.nan


def negative_weight(samples, weights, truth_samples, truth_weights):
    weights[1][:2] = [-0.1, weights[1][0] + weights[1][1] + 0.1]


def nan_weight(samples, weights, truth_samples, truth_weights):
    truth_weights[1][0] = np.nan


def wrong_sum(samples, weights, truth_samples, truth_weights):
    weights[1] *= 1.01


def short_weights(samples, weights, truth_samples, truth_weights):
    weights[1] = weights[1][:-1]


def six_parameters(samples, weights, truth_samples, truth_weights):
    samples[1] = samples[1][:, :6]


def missing_planet(samples, weights, truth_samples, truth_weights):
    del truth_samples[1], truth_weights[1]


def missing_weights(samples, weights, truth_samples, truth_weights):
    del weights[1]


@pytest.mark.parametrize("score", [posterior_score, official_posterior_score])
@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (nan_sample, "predicted trace of planet 1 .* holds NaN"),
        (nan_truth, "true trace of planet 1 .* holds NaN"),
        (negative_weight, "predicted trace of planet 1 .* negative weight"),
        (nan_weight, "true trace of planet 1 .* NaN or infinite"),
        (wrong_sum, "predicted trace of planet 1 .* do not sum to 1"),
        (short_weights, r"predicted trace of planet 1 has 30 rows but weights of shape \(29,\)"),
        (six_parameters, r"predicted trace of planet 1 has shape \(30, 6\); expected \(M, 7\)"),
        (missing_planet, "2 predicted traces against 1 true traces"),
        (missing_weights, "2 predicted traces but 1 sets of weights"),
    ],
)
def test_a_fault_is_told_with_the_planet_it_is_in(score, fault, message):
    with pytest.raises(ValueError, match=message):
        score(*spoiled(fault))
