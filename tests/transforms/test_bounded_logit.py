"""The map between parameters inside their bounds and an unbounded space."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.transforms.bounded_logit import BoundedLogit

BOUNDS = ((0.1, 3.0), (0.0, 7000.0), (-12.0, -1.0))
LOWER, UPPER = torch.tensor(BOUNDS, dtype=torch.float64).T

unit = st.lists(st.floats(0.001, 0.999), min_size=3, max_size=3)


@given(unit)
def test_the_inverse_undoes_it(position: list[float]) -> None:
    x = LOWER + torch.tensor(position, dtype=torch.float64) * (UPPER - LOWER)
    transform = BoundedLogit(BOUNDS)
    torch.testing.assert_close(transform.inv(transform(x)), x, rtol=1e-12, atol=1e-12)


@given(st.lists(st.floats(-1e30, 1e30), min_size=3, max_size=3))
def test_every_real_number_maps_inside_the_bounds(values: list[float]) -> None:
    for dtype in (torch.float64, torch.float32):
        x = BoundedLogit(BOUNDS).inv(torch.tensor(values, dtype=dtype))
        assert bool((x >= LOWER.to(dtype)).all() and (x <= UPPER.to(dtype)).all())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_value_on_a_bound_maps_to_a_finite_number(dtype: torch.dtype) -> None:
    transform = BoundedLogit(BOUNDS)
    for bound in (LOWER, UPPER):
        y = transform(bound.to(dtype))
        assert bool(torch.isfinite(y).all())
        torch.testing.assert_close(transform.inv(y), bound.to(dtype), rtol=1e-5, atol=1e-2)


@given(unit)
def test_the_log_determinant_is_that_of_the_jacobian(position: list[float]) -> None:
    x = LOWER + torch.tensor(position, dtype=torch.float64) * (UPPER - LOWER)
    transform = BoundedLogit(BOUNDS)
    expected = torch.linalg.slogdet(torch.func.jacrev(transform)(x)).logabsdet
    torch.testing.assert_close(transform.log_abs_det_jacobian(x, transform(x)), expected)


def test_a_batch_has_one_log_determinant_for_each_row() -> None:
    x = (LOWER + UPPER).expand(4, 5, 3) / 2
    transform = BoundedLogit(BOUNDS)
    assert transform.log_abs_det_jacobian(x, transform(x)).shape == (4, 5)
