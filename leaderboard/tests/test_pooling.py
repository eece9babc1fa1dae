"""Pooling seeds: the mean, and an error that holds planets and seeds."""

import math

import numpy as np
import pytest
from harness_leaderboard.pooling import Pooled, pool
from hypothesis import given
from hypothesis import strategies as st

numbers = st.floats(-1e6, 1e6)
errors = st.floats(0, 1e4)
seeds = st.lists(st.tuples(numbers, errors), min_size=1, max_size=8)


def test_one_seed_keeps_its_value_and_its_error_over_planets() -> None:
    pooled = pool([0.7], [0.02])
    assert (pooled.value, pooled.standard_error) == (0.7, 0.02)
    assert pooled.between_seeds is None


@given(seeds)
def test_the_errors_are_those_of_the_textbook(runs: list[tuple[float, float]]) -> None:
    values, own = np.array(runs).T
    pooled = pool(values.tolist(), own.tolist())
    between = values.std(ddof=1) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    assert pooled.value == pytest.approx(values.mean(), rel=1e-9, abs=1e-6)
    expected = math.hypot(math.sqrt((own**2).mean()), between)
    # numpy finds some scatter in equal numbers: the rounding of their mean, 1e-16 of numbers up to 1e6
    assert pooled.standard_error == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(seeds)
def test_the_order_of_the_seeds_does_not_matter(runs: list[tuple[float, float]]) -> None:
    forward = pool([value for value, _ in runs], [error for _, error in runs])
    backward = pool([value for value, _ in runs[::-1]], [error for _, error in runs[::-1]])
    assert backward.value == pytest.approx(forward.value)
    assert backward.standard_error == pytest.approx(forward.standard_error)


@given(numbers, errors, st.integers(2, 6))
def test_seeds_that_agree_do_not_shrink_the_error_over_planets(value: float, error: float, n: int) -> None:
    pooled = pool([value] * n, [error] * n)
    assert pooled.standard_error == pytest.approx(error)
    assert pooled.between_seeds == 0.0


def test_seeds_that_scatter_make_the_error_larger() -> None:
    pooled = pool([0.6, 0.8], [0.02, 0.02])
    assert pooled.over_planets == pytest.approx(0.02)
    assert pooled.between_seeds == pytest.approx(0.1)


@pytest.mark.parametrize("missing", [None, math.nan, math.inf])
def test_a_seed_without_a_value_leaves_the_whole_without_one(missing: float | None) -> None:
    assert pool([0.7, missing], [0.02, 0.02]) == Pooled()


def test_no_known_error_is_no_error() -> None:
    assert pool([0.7], [None]).standard_error is None


def test_the_scatter_between_seeds_is_an_error_even_without_one_over_planets() -> None:
    assert pool([1.0, 3.0], [None, None]).standard_error == pytest.approx(1.0)
