"""Weighted rows of nested sampling."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.components import ForwardModel
from harness.data.observations import Observations
from harness.data.schema import Column, Parameter, Schema
from harness.physics.constants import SUN_RADIUS
from harness.retrieval.likelihood import IMPOSSIBLE, SpectrumLikelihood, UniformPrior
from harness.retrieval.nested_trace import NestedTrace

SCHEMA = Schema(
    parameters=tuple(Parameter(name=name, unit="", lower=-1, upper=1) for name in "ab"),
    wavelength=(1.0, 2.0),
    width=(0.1, 0.1),
    auxiliary=(Column(name="star_radius_m", unit="m"),),
)


@dataclass(frozen=True)
class Shifted(ForwardModel):
    """The parameters in units of the star's radius, and so much deeper."""

    deeper: float = 0.0
    identity = "shifted"
    needs = ("star_radius_m",)

    def __call__(self, parameters, star_radius=None, planet_mass=None):
        assert planet_mass is None
        return parameters * star_radius[:, None] + self.deeper


def planet(spectrum: np.ndarray, noise: np.ndarray) -> Observations:
    """Around a star like the Sun."""
    tensors = (torch.from_numpy(one)[None] for one in (spectrum, noise, np.array([SUN_RADIUS])))
    return Observations(None, *tensors)


def trace(rows: int, seed: int = 0, spread: float = 4.0) -> NestedTrace:
    generator = np.random.default_rng(seed)
    weights = np.exp(spread * generator.standard_normal(rows))
    return NestedTrace(
        generator.standard_normal((rows, 3)),
        weights / weights.sum(),
        generator.standard_normal(rows),
        -5.0,
        rows,
    )


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(5, 3000), kept=st.integers(1, 500), seed=st.integers(0, 99), spread=st.floats(0, 9))
def test_thinning_keeps_so_many_rows_in_ascending_likelihood(rows, kept, seed, spread):
    thinned = trace(rows, seed, spread).thinned(kept, np.random.default_rng(seed))
    assert len(thinned.weights) in range(min(kept, rows) - 1, min(kept, rows) + 2)
    assert thinned.weights.sum() == pytest.approx(1)
    assert (np.diff(thinned.log_likelihood) >= 0).all()
    assert thinned.values.shape == (len(thinned.weights), 3)


def test_thinning_is_unbiased():
    whole = trace(2000, spread=2.0)
    generator = np.random.default_rng(7)
    means = [(t.weights @ t.values) for t in (whole.thinned(300, generator) for _ in range(400))]
    error = np.std(means, axis=0) / np.sqrt(len(means))
    assert (np.abs(np.mean(means, axis=0) - whole.weights @ whole.values) < 4 * error + 1e-3).all()


def test_a_short_trace_is_left_as_it_is():
    whole = trace(50)
    thinned = whole.thinned(100, np.random.default_rng(0))
    np.testing.assert_allclose(thinned.weights, whole.ascending().weights)


def test_reweighting_gives_weights_order_and_evidence_of_the_other_likelihood():
    generator = np.random.default_rng(3)
    values = generator.uniform(-4, 4, size=(200_000, 1))  # uniform prior of density 1/8
    narrow, wide = (-0.5 * (values[:, 0] / s) ** 2 for s in (0.5, 0.6))
    weights = np.exp(wide)
    sampled = NestedTrace(values, weights / weights.sum(), wide, float(np.log(weights.mean())), 0)
    found = sampled.reweighted(narrow)
    assert found.log_evidence == pytest.approx(np.log(0.5 * np.sqrt(2 * np.pi) / 8), abs=0.01)
    assert np.sqrt(found.weights @ found.values[:, 0] ** 2) == pytest.approx(0.5, abs=0.01)
    assert (np.diff(found.log_likelihood) >= 0).all()


def test_rows_that_lose_all_weight_are_dropped():
    other = np.array([0.0, -1e9, 0.0])
    kept = NestedTrace(np.eye(3), np.full(3, 1 / 3), np.zeros(3), 0.0, 3).reweighted(other)
    np.testing.assert_allclose(kept.weights, [0.5, 0.5])


def test_the_likelihood_is_a_normal_density():
    from scipy.stats import norm

    spectrum, noise = np.array([0.01, 0.02]), np.array([1e-4, 2e-4])
    likelihood = SpectrumLikelihood(Shifted(), planet(spectrum, noise), SCHEMA)
    point = np.array([[0.0101, 0.0198]])
    expected = norm.logpdf(point[0], spectrum, noise).sum()
    assert likelihood(point)[0] == pytest.approx(expected)
    assert likelihood.calls == 1


@pytest.mark.parametrize("depth", [np.nan, np.inf, 1e300])
def test_what_is_no_planet_is_impossible_but_a_number(depth):
    likelihood = SpectrumLikelihood(Shifted(depth), planet(np.zeros(2), np.ones(2)), SCHEMA)
    assert likelihood(np.zeros((1, 2)))[0] == IMPOSSIBLE


def test_the_prior_fills_its_bounds():
    prior = UniformPrior([(0.1, 3.0), (-12.0, -1.0)])
    np.testing.assert_allclose(
        prior(np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]])), [[0.1, -12], [3, -1], [1.55, -6.5]]
    )
