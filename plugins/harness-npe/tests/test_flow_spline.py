"""Splines and their written derivatives are those of zuko, which automatic differentiation finds."""

import pytest
import torch
from harness_npe.flows.spline import MIN_SLOPE
from harness_npe.flows.spline_function import inverse_spline, spline
from torch import Tensor
from zuko.transforms import MonotonicRQSTransform

BINS, BOUND, ROWS = 6, 5.0, 400


def rows(spread: float) -> tuple[Tensor, Tensor]:
    """Places, some of them outside of the box, and the signals of as many splines (R, 3 K - 1)."""
    torch.manual_seed(0)
    x = 3 * torch.randn(ROWS, dtype=torch.float64)
    return x.requires_grad_(), (
        spread * torch.randn(ROWS, 3 * BINS - 1, dtype=torch.float64)
    ).requires_grad_()


def of_zuko(signals: Tensor) -> MonotonicRQSTransform:
    return MonotonicRQSTransform(*signals.split([BINS, BINS, BINS - 1], -1), bound=BOUND, slope=MIN_SLOPE)


@pytest.mark.parametrize("spread", [0.3, 3.0])
def test_values_log_slopes_and_their_derivatives_are_those_of_zuko(spread: float) -> None:
    x, signals = rows(spread)
    assert (x.abs() > BOUND).any()
    by_y, by_log = torch.randn(2, ROWS, dtype=torch.float64)
    found, expected = spline(x, signals.T, BOUND), of_zuko(signals).call_and_ladj(x)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(
        torch.autograd.grad((found[0] * by_y + found[1] * by_log).sum(), (x, signals)),
        torch.autograd.grad((expected[0] * by_y + expected[1] * by_log).sum(), (x, signals)),
        rtol=1e-8,
        atol=1e-8,
    )


@pytest.mark.parametrize("spread", [0.3, 1.0])
def test_the_inverse_and_its_derivatives_are_those_of_the_implicit_function_theorem(spread: float) -> None:
    x, signals = rows(spread)
    y = of_zuko(signals)(x).detach().requires_grad_()
    found = inverse_spline(y, signals.T, BOUND)
    torch.testing.assert_close(found, x, rtol=1e-7, atol=1e-7)
    value, log_slope = of_zuko(signals).call_and_ladj(found.detach())
    expected = found.detach() - (value - y) * (-log_slope.detach()).exp()  # a Newton step has them
    by_x = torch.randn(ROWS, dtype=torch.float64)
    torch.testing.assert_close(
        torch.autograd.grad((found * by_x).sum(), (y, signals)),
        torch.autograd.grad((expected * by_x).sum(), (y, signals)),
        rtol=1e-6,
        atol=1e-6,
    )
