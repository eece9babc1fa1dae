"""Splines and their inverse as functions that automatic differentiation takes for a single operation."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from harness_npe.flows.spline import Curve, Knots


def spline(x: Tensor, signals: Tensor, bound: float) -> tuple[Tensor, Tensor]:
    """Values of splines on [-bound, bound] and the logarithms of their slopes; the identity beyond.

    Arguments:
        x: Where to evaluate them, with shape (...).
        signals: K widths, K heights and K - 1 inner slopes of each, unconstrained, with shape (3 K - 1, ...).
        bound: Half the width of the box.

    Returns:
        The values and the log slopes, each with shape (...). They can be differentiated once.
    """
    if torch.compiler.is_compiling():  # a compiler finds derivatives that suit it better
        return Curve.at(x, Knots.of(signals, bound)).values(x)
    result: tuple[Tensor, Tensor] = SplineFunction.apply(x, signals, bound)  # type: ignore[no-untyped-call]
    return result


def inverse_spline(y: Tensor, signals: Tensor, bound: float) -> Tensor:
    """Where splines have the values y (...), given signals (3 K - 1, ...); it can be differentiated once."""
    if not torch.is_grad_enabled():
        return Curve.reaching(y, Knots.of(signals, bound)).x(y)
    signals = signals.expand(-1, *y.shape)
    result: Tensor = InverseSplineFunction.apply(y, signals, bound)  # type: ignore[no-untyped-call]
    return result


class SplineFunction(torch.autograd.Function):
    """(x, signals) -> (y, log slope)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, signals: Tensor, bound: float) -> tuple[Tensor, Tensor]:
        curve = Curve.at(x, Knots.of(signals, bound))
        curve.save(ctx)
        return curve.values(x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_y: Tensor, by_log: Tensor) -> tuple[Tensor, Tensor, None]:
        return *Curve.saved(ctx).backward(by_y, by_log), None


class InverseSplineFunction(torch.autograd.Function):
    """(y, signals) -> x, whose derivatives are those of the spline by the implicit function theorem."""

    @staticmethod
    def forward(ctx: Any, y: Tensor, signals: Tensor, bound: float) -> Tensor:
        curve = Curve.reaching(y, Knots.of(signals, bound))
        curve.save(ctx)
        return curve.x(y)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_x: Tensor) -> tuple[Tensor, Tensor, None]:
        curve = Curve.saved(ctx)
        by_y = torch.where(curve.bins.inside > 0, by_x / curve.slope(), by_x)
        return by_y, curve.backward(-by_y, torch.zeros_like(by_y))[1], None
