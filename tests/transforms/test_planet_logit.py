"""The map between parameters and an unbounded space that is centred on each planet."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.transforms.bounded_logit import BoundedLogit
from harness.transforms.planet_logit import PlanetLogit

BOUNDS = ((0.1, 3.0), (0.0, 7000.0), (-12.0, -1.0))
LOWER, UPPER = torch.tensor(BOUNDS, dtype=torch.float64).T
RANGE = UPPER - LOWER

positions = st.lists(st.floats(0.001, 0.999), min_size=3, max_size=3)
shares = st.lists(st.floats(1e-3, 0.3), min_size=3, max_size=3)


def numbers(values: list[float]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)[None]


def transform_about(centre: list[float], spread: list[float]) -> PlanetLogit:
    """Centre and spread of one planet, as shares of the range."""
    return PlanetLogit(BOUNDS, LOWER + numbers(centre) * RANGE, numbers(spread) * RANGE)


@given(positions, shares, positions)
def test_the_inverse_undoes_it(centre: list[float], spread: list[float], position: list[float]) -> None:
    x = LOWER + numbers(position) * RANGE
    transform = transform_about(centre, spread)
    torch.testing.assert_close(transform.inv(transform(x)), x, rtol=1e-10, atol=1e-10)


@given(positions, shares, st.lists(st.floats(-1e30, 1e30), min_size=3, max_size=3))
def test_every_real_number_maps_inside_the_bounds(
    centre: list[float], spread: list[float], values: list[float]
) -> None:
    for dtype in (torch.float64, torch.float32):
        x = transform_about(centre, spread).inv(numbers(values).to(dtype))
        assert x.dtype == dtype
        assert bool((x >= LOWER.to(dtype)).all() and (x <= UPPER.to(dtype)).all())


@given(positions, shares, positions)
def test_the_log_determinant_is_that_of_the_jacobian(
    centre: list[float], spread: list[float], position: list[float]
) -> None:
    transform = transform_about(centre, spread)
    x = LOWER + numbers(position) * RANGE
    jacobian = torch.func.jacrev(transform)(x)[0, :, 0]
    expected = torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(transform.log_abs_det_jacobian(x, transform(x))[0], expected)


@given(positions, shares, positions, st.floats(1e-4, 0.5))
def test_more_of_a_parameter_is_more(
    centre: list[float], spread: list[float], position: list[float], step: float
) -> None:
    transform = transform_about(centre, spread)
    more = torch.clamp(numbers(position) + step, max=0.9995)
    assert bool((transform(LOWER + more * RANGE) > transform(LOWER + numbers(position) * RANGE)).all())


@given(positions, shares)
def test_close_to_the_centre_it_counts_in_units_of_the_spread(
    centre: list[float], spread: list[float]
) -> None:
    inside = numbers(centre).clamp(0.01, 0.99)
    transform = PlanetLogit(BOUNDS, LOWER + inside * RANGE, numbers(spread) * RANGE)
    x = LOWER + (inside + 1e-5 * numbers(spread)) * RANGE
    torch.testing.assert_close(transform(x), torch.full_like(x, 1e-5), rtol=1e-2, atol=1e-9)


def test_without_expectation_it_is_the_plain_logit() -> None:
    transform = PlanetLogit(BOUNDS, ((LOWER + UPPER) / 2)[None], (RANGE / 4)[None])
    x = LOWER + torch.rand(1, 50, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * RANGE
    torch.testing.assert_close(transform(x), BoundedLogit(BOUNDS)(x))


@pytest.mark.parametrize("centre", [-1e6, 1e6])
def test_an_expectation_outside_the_bounds_is_brought_inside(centre: float) -> None:
    transform = PlanetLogit(BOUNDS, torch.full((1, 3), centre, dtype=torch.float64), (RANGE / 4)[None])
    x = ((LOWER + UPPER) / 2)[None]
    assert bool(torch.isfinite(transform(x)).all())
    torch.testing.assert_close(transform.inv(transform(x)), x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_samples_of_a_planet_are_mapped_as_that_planet(dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(0)
    centre, spread, x = (
        torch.rand(*shape, 3, generator=generator, dtype=torch.float64) for shape in ((4,), (4,), (4, 5))
    )
    x = (LOWER + (0.1 + 0.8 * x) * RANGE).to(dtype)
    together = PlanetLogit(BOUNDS, LOWER + centre * RANGE, (0.01 + spread) * RANGE)
    y = together(x)
    assert y.dtype == dtype
    assert together.log_abs_det_jacobian(x, y).shape == (4, 5)
    torch.testing.assert_close(together.inv(y), x)
    for planet in range(4):
        alone = PlanetLogit(
            BOUNDS,
            (LOWER + centre * RANGE)[planet : planet + 1],
            ((0.01 + spread) * RANGE)[planet : planet + 1],
        )
        torch.testing.assert_close(alone(x[planet : planet + 1]), y[planet : planet + 1])
        torch.testing.assert_close(together(x[:, 0])[planet], y[planet, 0])
