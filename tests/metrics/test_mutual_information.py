"""Mutual information is what it is for normal numbers, and its uncertainty says by how much it errs."""

from __future__ import annotations

import numpy as np
import pytest

from harness.metrics import mutual_information


def related(n: int, correlation: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two columns (n, 1) of normal numbers."""
    generator = np.random.default_rng(seed)
    x, noise = generator.normal(size=(2, n, 1))
    return x, correlation * x + np.sqrt(1 - correlation**2) * noise


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_it_is_that_of_normal_numbers_within_its_uncertainty(correlation: float) -> None:
    value, error = mutual_information(*related(1500, correlation, seed=3))
    expected = -0.5 * np.log2(1 - correlation**2)
    assert 0.005 < error[0, 0] < 0.08
    assert value[0, 0] == pytest.approx(expected, abs=4 * error[0, 0])


def test_the_uncertainty_is_how_much_estimates_scatter() -> None:
    found = [mutual_information(*related(400, 0.7, seed), seed) for seed in range(30)]
    values = np.array([one.value[0, 0] for one in found])
    errors = np.array([one.error[0, 0] for one in found])
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.5)


def test_stretching_a_column_changes_nothing() -> None:
    x, y = related(500, 0.8, seed=1)
    assert mutual_information(x, y).value == pytest.approx(mutual_information(x**3, np.exp(y)).value)


def test_it_agrees_with_the_estimator_of_scikit_learn() -> None:
    selection = pytest.importorskip("sklearn.feature_selection")
    x, y = related(1000, 0.8, seed=5)
    theirs = selection.mutual_info_regression(x, y[:, 0], n_neighbors=3, random_state=0)[0] / np.log(2)
    value, error = mutual_information(x, y)
    assert value[0, 0] == pytest.approx(theirs, abs=2 * error[0, 0])


def test_a_column_that_does_not_vary_says_nothing() -> None:
    x, y = related(200, 0.8, seed=2)
    value, error = mutual_information(np.hstack([x, np.ones_like(x)]), y)
    assert value[1, 0] == error[1, 0] == 0
    assert value[0, 0] > 0.3


def test_few_points_have_a_value_without_an_uncertainty() -> None:
    value, error = mutual_information(*related(50, 0.9, seed=4))
    assert np.isfinite(value).all()
    assert np.isnan(error).all()


def test_as_many_rows_are_needed_on_both_sides() -> None:
    with pytest.raises(ValueError, match="must be as many"):
        mutual_information(np.zeros((5, 1)), np.zeros((6, 1)))
