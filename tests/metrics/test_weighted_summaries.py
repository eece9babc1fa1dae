"""Quantiles, means, CRPS, coverage and resampling against their definitions."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from harness.metrics import (
    crps,
    interval_coverage,
    systematic_resample,
    systematic_rows,
    weighted_mean,
    weighted_median,
    weighted_quantile,
)

CLOSE = {"rtol": 1e-12, "atol": 1e-12}
SIXTEENTHS = [k / 16 for k in range(17)]  # no rounding decides which sample is meant

values = hnp.arrays(np.float64, st.integers(1, 40), elements=st.integers(-5, 5).map(float) | st.floats(-9, 9))


@st.composite
def repeated(draw):
    """Values and how often each counts, at least one of them."""
    x = draw(values)
    times = draw(hnp.arrays(np.int64, len(x), elements=st.integers(0, 4)))
    times[draw(st.integers(0, len(x) - 1))] += 1
    return x, times


@settings(max_examples=50)
@given(values)
def test_quantiles_of_equal_weights_are_those_of_numpy(x):
    expected = np.quantile(x, SIXTEENTHS, method="averaged_inverted_cdf")
    found = weighted_quantile(torch.from_numpy(x)[:, None], SIXTEENTHS)[:, 0]
    np.testing.assert_allclose(found, expected, **CLOSE)


@settings(max_examples=50)
@given(repeated())
def test_a_whole_weight_is_as_many_samples(sample):
    x, times = sample
    weighted = torch.from_numpy(x)[:, None], torch.from_numpy(times).double()
    copies = torch.from_numpy(np.repeat(x, times))[:, None]
    assert_same = torch.testing.assert_close
    assert_same(
        weighted_quantile(weighted[0], SIXTEENTHS, weighted[1]), weighted_quantile(copies, SIXTEENTHS)
    )
    assert_same(weighted_mean(*weighted), weighted_mean(copies), rtol=1e-12, atol=1e-12)
    truth = torch.tensor([0.5], dtype=torch.float64)
    assert_same(crps(weighted[0], truth, weighted[1]), crps(copies, truth), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_median_of_many_planets_is_that_of_numpy(dtype, device):
    x = torch.randn(60, 501, 3, generator=torch.Generator().manual_seed(0), dtype=dtype)
    even = x[:, :500]
    for sample in (x, even):
        expected = np.median(sample.double().numpy(), axis=1)
        np.testing.assert_allclose(weighted_median(sample.to(device)).cpu(), expected, **CLOSE)


@settings(max_examples=50)
@given(repeated(), st.integers(-6, 6).map(float) | st.floats(-12, 12))
def test_crps_is_the_mean_distance_less_half_the_spread(sample, truth):
    x, times = sample
    w = times / times.sum()
    expected = (w * np.abs(x - truth)).sum() - 0.5 * (w[:, None] * w * np.abs(x[:, None] - x)).sum()
    found = crps(
        torch.from_numpy(x)[:, None], torch.tensor([truth], dtype=torch.float64), torch.from_numpy(w)
    )
    assert abs(float(found) - expected) <= 1e-11


def test_crps_of_many_planets_is_that_of_each(device):
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(800, 700, 5, generator=generator)
    w = torch.rand(800, 700, generator=generator, dtype=torch.float64)
    y = torch.randn(800, 5, generator=generator, dtype=torch.float64)
    together = crps(x.to(device), y.to(device), w.to(device)).cpu()
    assert together.shape == (800, 5)
    assert together.dtype == torch.float64
    for planet in (0, 148, 149, 799):  # both sides of where memory makes it start a new chunk
        sample, weights = x[planet].double().numpy(), (w[planet] / w[planet].sum()).numpy()
        near = (weights[:, None] * np.abs(sample - y[planet].numpy())).sum(axis=0)
        pairs = weights[:, None, None] * weights[:, None] * np.abs(sample[:, None] - sample)
        np.testing.assert_allclose(together[planet], near - 0.5 * pairs.sum(axis=(0, 1)), **CLOSE)


def test_crps_of_a_point_is_the_distance_to_the_truth():
    x = torch.tensor([[2.0, -3.0]], dtype=torch.float64)
    assert crps(x, torch.tensor([5.0, 1.0], dtype=torch.float64)).tolist() == [3.0, 4.0]


def test_central_intervals_hold_what_lies_between_their_quantiles():
    x = torch.arange(1, 101, dtype=torch.float64)[None, :, None].expand(4, 100, 1)
    truth = torch.tensor([[50.0], [17.0], [4.0], [101.0]], dtype=torch.float64)
    inside = interval_coverage(x, truth, [0.68, 0.95])
    assert inside.shape == (4, 2, 1)
    assert inside[..., 0].tolist() == [[True, True], [True, True], [False, True], [False, False]]


def test_coverage_of_exchangeable_draws_is_the_level():
    x = torch.randn(4000, 400, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    inside = interval_coverage(x[:, 1:], x[:, 0], [0.68, 0.95]).double().mean(dim=(0, 2))
    assert inside.tolist() == pytest.approx([0.68, 0.95], abs=0.02)


@settings(max_examples=50)
@given(hnp.arrays(np.float64, st.integers(1, 50), elements=st.floats(0, 1, width=32)), st.floats(0, 0.999))
def test_systematic_resampling_takes_the_first_sample_beyond_each_position(w, u):
    w = (w + (w.sum() == 0)) / (w + (w.sum() == 0)).sum()
    cumulative = np.cumsum(w)
    expected, last = [], int(np.flatnonzero(w)[-1])
    for i in range(len(w)):
        above = np.flatnonzero(cumulative > (u + i) / len(w))
        expected.append(min(int(above[0]), last) if len(above) else last)
    found = systematic_resample(torch.from_numpy(w), torch.tensor(u, dtype=torch.float64))
    assert found.tolist() == expected


@settings(max_examples=50)
@given(
    hnp.arrays(np.float64, st.integers(1, 50), elements=st.floats(0, 9, width=32)),
    st.integers(1, 80),
    st.floats(0, 0.999),
)
def test_so_many_rows_as_wanted_stand_at_even_shares_of_any_weights(w, n, u):
    w = w + (w.sum() == 0)
    found = systematic_rows(torch.from_numpy(w), n, torch.tensor(u, dtype=torch.float64)).numpy()
    after = np.cumsum(w)
    before, positions = after - w, (u + np.arange(n)) / n * after[-1]
    rounding = 1e-9 * after[-1]
    assert (before[found] <= positions + rounding).all()
    assert (positions <= after[found] + rounding).all()
    assert (w[found] > 0).all()


def test_each_set_of_weights_has_its_own_positions():
    w = torch.tensor([[1.0, 1.0, 2.0], [0.0, 5.0, 0.0]], dtype=torch.float64)
    found = systematic_rows(w, 4, torch.tensor([0.5, 0.999999]))
    assert found.tolist() == [[0, 1, 2, 2], [1, 1, 1, 1]]


def test_systematic_resampling_of_equal_weights_keeps_every_sample():
    w = torch.full((3, 1000), 1e-3, dtype=torch.float64)
    chosen = systematic_resample(w, torch.tensor([0.2, 0.5, 0.9], dtype=torch.float64))
    assert (chosen == torch.arange(1000)).all()


def test_systematic_resampling_of_padded_rows_is_that_of_their_own_length():
    w = torch.tensor([0.1, 0.5, 0.0, 0.4], dtype=torch.float64)
    padded = torch.cat([w, torch.zeros(3, dtype=torch.float64)])
    u = torch.tensor(0.7, dtype=torch.float64)
    assert torch.equal(systematic_resample(padded, u, torch.tensor(4))[:4], systematic_resample(w, u))


GOOD = torch.zeros(4, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: weighted_quantile(GOOD, [1.5]), "levels must lie between 0 and 1"),
        (lambda: weighted_mean(torch.zeros(0, 2)), "samples must be"),
        (lambda: weighted_mean(GOOD, torch.ones(5)), "4 samples need weights"),
        (lambda: weighted_median(GOOD, -torch.ones(4)), "negative weight"),
        (lambda: weighted_median(GOOD.log()), "samples hold NaN or infinity"),
        (lambda: weighted_mean(GOOD.log()), "samples hold NaN or infinity"),
        (lambda: crps(GOOD.log(), torch.zeros(2)), "samples hold NaN or infinity"),
        (lambda: crps(GOOD, torch.tensor([0.0, torch.nan])), "truth hold NaN or infinity"),
        (lambda: crps(GOOD, torch.zeros(3)), "samples of 2 parameters need truth"),
    ],
)
def test_what_has_no_summary_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
