"""Medians with 68% intervals, and the digits that they are printed with."""

import pytest
import torch

from harness.data.intervals import Interval, intervals
from harness.data.posterior import Posterior
from harness.data.schema import Parameter, Schema

TEMPERATURE = Parameter(name="T", unit="K", lower=0, upper=3000)
WATER = Parameter(name="H2O", unit="log10 VMR", lower=-12, upper=0)


@pytest.mark.parametrize(
    ("values", "texts", "ends"),
    [
        ((637.2, 821.4, 1372.0), ("821", "184", "551"), ("637", "1372")),
        ((-8.31, -3.42, -0.58), ("-3.4", "4.9", "2.8"), ("-8.3", "-0.6")),
        ((1.2340, 1.2350, 1.2999), ("1.2350", "0.0010", "0.0649"), ("1.2340", "1.2999")),
        ((-13.0, -13.0, -12.5), ("-13.00", "0.00", "0.50"), ("-13.00", "-12.50")),  # an atom on a bound
        ((0.0, 0.0, 0.0), ("0.0", "0.0", "0.0"), ("0.0", "0.0")),
        ((1e5, 2e5, 4e5), ("200000", "100000", "200000"), ("100000", "400000")),
    ],
)
def test_numbers_have_two_digits_of_the_smaller_distance(values, texts, ends):
    interval = Interval(TEMPERATURE, *values)
    assert interval.texts() == texts
    assert interval.ends() == ends


def test_intervals_honour_the_weights_of_each_planet():
    samples = torch.stack([torch.linspace(0, 3000, 3001), torch.linspace(-12, 0, 3001)], dim=1)
    left = torch.zeros(3001, dtype=torch.float64)
    left[:1001] = 1 / 1001
    weights = torch.stack([left, torch.full((3001,), 1 / 3001, dtype=torch.float64)])
    schema = Schema(parameters=(TEMPERATURE, WATER), wavelength=(1.0,), width=(0.1,))
    first, second = intervals(Posterior(samples.expand(2, -1, -1), weights), schema)
    assert first[0].median == pytest.approx(500, abs=1)
    assert first[0].lower == pytest.approx(158.7, abs=1)
    assert first[1].upper == pytest.approx(-12 + 4 * 0.8413, abs=0.01)
    assert second[0].median == pytest.approx(1500, abs=1)
    assert second[1].lower == pytest.approx(-12 + 12 * 0.1587, abs=0.01)
