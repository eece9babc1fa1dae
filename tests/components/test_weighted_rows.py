"""Posteriors made of weighted training rows."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.components.weighted_rows import weighted_posterior, within_bounds

finite = st.floats(-1e6, 1e6, allow_nan=False)


@given(lower=finite, width=st.floats(1e-3, 1e6), position=st.floats(-0.5, 1.5))
def test_samples_stay_inside_bounds_that_float32_cannot_hold(lower, width, position):
    upper = lower + width
    sample = torch.tensor([[lower + position * width], [lower], [upper]], dtype=torch.float64)
    inside = within_bounds(sample, [(lower, upper)])
    assert inside.dtype == torch.float32
    if np.spacing(np.float32(max(abs(lower), abs(upper)))) < width:  # else no float32 lies between
        assert ((inside.double() >= lower) & (inside.double() <= upper)).all()


def test_an_atom_on_a_bound_stays_one():
    samples = torch.tensor([[-13.0], [-13.0], [-2.5]], dtype=torch.float64)
    assert within_bounds(samples, [(-13, 0)]).flatten().tolist() == [-13.0, -13.0, -2.5]


def draw(weights: list[list[float]], n: int, seed: int = 0):
    table = torch.arange(10.0)[:, None]
    weights = torch.tensor(weights, dtype=torch.float64)
    rows = torch.arange(weights.shape[1]).expand(len(weights), -1)
    return weighted_posterior(table, rows, weights, n, torch.Generator().manual_seed(seed))


def test_weights_are_normalised():
    assert draw([[1.0, 3.0]], 2).weights.tolist() == [[0.25, 0.75]]


def test_filling_has_no_weight_and_is_a_real_row():
    posterior = draw([[1.0, 3.0]], 5)
    assert posterior.weights.tolist() == [[0.25, 0.75, 0, 0, 0]]
    assert set(posterior.samples.flatten().tolist()) == {0.0, 1.0}


def test_a_planet_that_fits_stays_exact_beside_one_that_does_not():
    posterior = draw([[1.0, 3.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]], 2)
    assert posterior.weights.tolist() == [[0.25, 0.75], [0.5, 0.5]]
    assert posterior.samples[0].flatten().tolist() == [0.0, 1.0]


@given(
    weights=st.lists(st.floats(1e-3, 1), min_size=3, max_size=10),
    n=st.integers(1, 9),
    seed=st.integers(0, 1000),
)
def test_systematic_draws_differ_from_their_expectation_by_less_than_one(weights, n, seed):
    if n >= len(weights):
        return
    posterior = draw([weights], n, seed)
    drawn = np.bincount(posterior.samples.flatten().int().numpy(), minlength=len(weights))
    expected = n * np.asarray(weights) / np.sum(weights)
    assert (np.abs(drawn - expected) < 1 + 1e-9).all()
    assert drawn.sum() == n


def test_rows_without_weight_are_never_drawn():
    weights = [[0.3, 0.3, 0.4, 0.0, 0.0, 0.0]]
    for seed in range(200):
        assert draw(weights, 2, seed).samples.max() <= 2
