"""The map that makes a uniform prior normal, with the radius about each planet's own."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from harness.transforms.planet_probit import PlanetProbit

BOUNDS = ((0.1, 3.0), (0.0, 7000.0), (-12.0, -1.0))
LOWER, UPPER = torch.tensor(BOUNDS, dtype=torch.float64).T

positions = st.lists(st.floats(0.001, 0.999), min_size=3, max_size=3)
centres = st.floats(0.2, 2.9)
spreads = st.floats(1e-3, 0.3)


def at(position: list[float]) -> torch.Tensor:
    return LOWER + torch.tensor(position, dtype=torch.float64)[None] * (UPPER - LOWER)


def about(centre: float, spread: float) -> PlanetProbit:
    one = torch.ones(1, dtype=torch.float64)
    return PlanetProbit(BOUNDS, 0, centre * one, spread * one)


@given(positions, centres, spreads)
def test_the_inverse_undoes_it(position: list[float], centre: float, spread: float) -> None:
    transform = about(centre, spread)
    torch.testing.assert_close(transform.inv(transform(at(position))), at(position), rtol=1e-9, atol=1e-9)


@given(st.lists(st.floats(-1e30, 1e30), min_size=3, max_size=3), centres, spreads)
def test_every_real_number_maps_inside_the_bounds(y: list[float], centre: float, spread: float) -> None:
    for dtype in (torch.float64, torch.float32):
        x = about(centre, spread).inv(torch.tensor([y], dtype=torch.float64).to(dtype))
        assert bool((x >= LOWER.to(dtype)).all() and (x <= UPPER.to(dtype)).all())


@given(positions, centres, spreads)
def test_the_log_determinant_is_that_of_the_jacobian(
    position: list[float], centre: float, spread: float
) -> None:
    transform, x = about(centre, spread), at(position)
    jacobian = torch.func.jacrev(transform)(x)[0, :, 0]
    expected = torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(transform.log_abs_det_jacobian(x, transform(x))[0], expected)


def test_the_others_are_probits_and_the_one_counts_from_its_centre() -> None:
    position = [0.3, 0.01, 0.8]
    y = about(1.2, 0.05)(at(position))
    assert y[0, 1:].tolist() == pytest.approx(norm.ppf(position[1:]).tolist(), abs=1e-9)
    near = torch.tensor([[1.201, 3000.0, -5.0]], dtype=torch.float64)
    assert float(about(1.2, 0.05)(near)[0, 0]) == pytest.approx(0.001 / 0.05, rel=1e-2)


def test_samples_of_several_planets_are_each_about_their_own() -> None:
    centre = torch.tensor([0.5, 2.0], dtype=torch.float64)
    transform = PlanetProbit(BOUNDS, 0, centre, torch.full((2,), 0.1, dtype=torch.float64))
    x = torch.tensor([[0.5, 1000.0, -3.0], [2.0, 1000.0, -3.0]], dtype=torch.float64)
    many = transform(x[:, None].expand(2, 4, 3))
    torch.testing.assert_close(many[:, 0], transform(x))
    torch.testing.assert_close(many[:, :, 0], torch.zeros(2, 4, dtype=torch.float64))
