"""Solving f(x) = y for many rows at once, where f increases."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

MAX_ITERATIONS = 60
HURRY_FROM = 3  # iterations after which a step that has not halved becomes a bisection

# value and slope of f at x for the rows of these indices; all rows if None
Increasing = Callable[[Tensor, Tensor | None], tuple[Tensor, Tensor]]


def solve_increasing(function: Increasing, y: Tensor, guess: Tensor) -> Tensor:
    """Solve f(x) = y by Newton's method within a bracket that every evaluation narrows.

    A step that leaves the bracket, or that has not halved, is replaced by a bisection (Press et al.
    2007, Numerical Recipes, section 9.4). A row is done once its residual is at the rounding of its
    dtype, or once its Newton step is so short that the error after it, which goes as the square, is.
    Rows that are done are left out of the later evaluations, so a few slow rows cost little.

    Arguments:
        function: Value and slope of f, which must be positive, on the whole real line.
        y: The values to reach, with shape (R,).
        guess: Where to begin, with shape (R,).

    Returns:
        The solutions, with shape (R,); NaN where y or f is not finite.
    """
    precision = torch.finfo(y.dtype).eps
    short_step = 0.3 * precision**0.5
    solution, rows = guess.clone(), None
    x, target = guess, y
    low, high = torch.full_like(y, -torch.inf), torch.full_like(y, torch.inf)
    last_step = torch.full_like(y, torch.inf)
    for iteration in range(MAX_ITERATIONS):
        value, slope = function(x, rows)
        residual = value - target
        low = torch.where(residual <= 0, x, low)
        high = torch.where(residual >= 0, x, high)
        following = x - residual / slope
        outside = (following < low) | (following > high)
        if iteration >= HURRY_FROM:
            slow = (following - x).abs() > 0.5 * last_step
            outside |= slow & low.isfinite() & high.isfinite()
        newton = ~outside
        following = torch.where(outside, (low + high) / 2, following)
        last_step = (following - x).abs()
        done = (residual.abs() <= 8 * precision * (1 + target.abs())) | ~residual.isfinite()
        done |= newton & (last_step <= short_step * (1 + x.abs()))
        if rows is None:
            solution = following
        else:
            solution[rows] = following
        left = (~done).nonzero().squeeze(1)
        if len(left) == 0:
            break
        rows = left if rows is None else rows[left]
        x, target, low, high, last_step = (
            values[left] for values in (following, target, low, high, last_step)
        )
    return solution
