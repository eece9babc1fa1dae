"""Rational-quadratic splines and their derivatives, written out (Durkan et al. 2019, Neural Spline Flows).

Tensors lead with the knots: operations then run along the rows, which are many, not along the knots, which
are few. What automatic differentiation would take for a hundred small operations is one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

MIN_SLOPE = 1e-3  # least slope of a transformation, and the inverse of its largest


@dataclass(frozen=True)
class Knots:
    """The K + 1 knots of each row's spline.

    Attributes:
        bound: Half the width of the box.
        places: Along x and along y, with shape (2, K + 1, ...).
        slopes: Of the spline at the knots, with shape (K + 1, ...).
        shares: Of each bin in the box, along x and along y, with shape (2, K, ...).
        damping: 1 + |u| / limit of each signal u, by which it is divided, with shape (3 K - 1, ...).
    """

    bound: float
    places: Tensor
    slopes: Tensor
    shares: Tensor
    damping: Tensor

    @classmethod
    def of(cls, signals: Tensor, bound: float) -> Knots:
        """From signals (3 K - 1, ...), held to where no bin and no slope is too small."""
        bins, rows = (len(signals) + 1) // 3, signals.shape[1:]
        damping = signals.abs() / -math.log(MIN_SLOPE)
        damping[: 2 * bins].mul_(2)
        damping.add_(1)
        positive = (signals / damping).exp()
        of_bins = positive[: 2 * bins].reshape(2, bins, *rows)
        shares = of_bins / of_bins.sum(dim=1, keepdim=True)
        edge = signals.new_full((2, 1, *rows), -bound)
        places = torch.cat([edge, shares.cumsum(dim=1).mul_(2 * bound).sub_(bound)], dim=1)
        straight = signals.new_ones(1, *rows)
        slopes = torch.cat([straight, positive[2 * bins :], straight])
        return cls(bound, places, slopes, shares, damping)

    def bins(self, axis: int, value: Tensor) -> Bins:
        """Those that values (...) along an axis lie in, for values outside of the box the nearest."""
        places = self.places.expand(-1, -1, *value.shape)
        slopes = self.slopes.expand(-1, *value.shape)
        number = (places[axis] < value).sum(dim=0, keepdim=True) - 1
        inside = ((number >= 0) & (number < len(slopes) - 1)).squeeze(0).to(value.dtype)
        number = number.clamp(0, len(slopes) - 2)
        both = number.expand(2, *number.shape)
        start = places.gather(1, both).squeeze(1)
        size = places.gather(1, both + 1).squeeze(1) - start
        ends = slopes.gather(0, torch.cat([number, number + 1]))
        return Bins(number, inside, start, size, ends)


@dataclass(frozen=True)
class Bins:
    """The bin of each row's spline that a value lies in.

    Attributes:
        number: Of the bin, from 0, with shape (1, ...).
        inside: 1 where the value lies in the box, else 0, with shape (...).
        start, size: Of the bin, along x and along y, with shape (2, ...).
        ends: Slopes of the spline at the bin's two ends, with shape (2, ...).
    """

    number: Tensor
    inside: Tensor
    start: Tensor
    size: Tensor
    ends: Tensor


@dataclass(frozen=True)
class Curve:
    """Each row's spline at one place (equations 4 and 5).

    With z the place in its bin, s the mean slope of the bin and d and e the slopes at its ends,

        y = y0 + height (s z^2 + d z (1 - z)) / (s + (d + e - 2 s) z (1 - z)),

    and the slope is s^2 (e z^2 + 2 s z (1 - z) + d (1 - z)^2) over the square of that denominator.

    Attributes:
        knots, bins: Of the spline.
        mean: s, with shape (...).
        z: The place, from 0 to 1 (...).
        numerator, denominator, change: Of y, and of the slope without its s^2, each with shape (...).
    """

    knots: Knots
    bins: Bins
    mean: Tensor
    z: Tensor
    numerator: Tensor
    denominator: Tensor
    change: Tensor

    @classmethod
    def at(cls, x: Tensor, knots: Knots) -> Curve:
        """At x (...)."""
        bins = knots.bins(0, x)
        return cls.of(bins.inside * (x - bins.start[0]) / bins.size[0], knots, bins)

    @classmethod
    def reaching(cls, y: Tensor, knots: Knots) -> Curve:
        """Where it has the value y (...), the root of a quadratic (equations 6 to 8)."""
        bins = knots.bins(1, y)
        (width, height), (d, e) = bins.size, bins.ends
        s = height / width
        offset = bins.inside * (y - bins.start[1])
        bend = offset * (d + e - 2 * s)
        a, b, c = height * (s - d) + bend, height * d - bend, -s * offset
        # rounding takes the discriminant below zero where the slopes differ by orders of magnitude
        discriminant = (b * b - 4 * a * c).clamp(min=0)
        return cls.of(-2 * c / (b + discriminant.sqrt()), knots, bins)

    @classmethod
    def of(cls, z: Tensor, knots: Knots, bins: Bins) -> Curve:
        """At the place z (...) of these bins."""
        s, (d, e), rest = bins.size[1] / bins.size[0], bins.ends, 1 - z
        product = z * rest
        numerator = torch.addcmul(s * z * z, d, product)
        denominator = torch.addcmul(s, d + e - 2 * s, product)
        change = torch.addcmul(e * z * z, s, product, value=2).addcmul(d, rest * rest)
        return cls(knots, bins, s, z, numerator, denominator, change)

    def x(self, y: Tensor) -> Tensor:
        """Where it is (...); y (...) where that is outside of the box."""
        inside = torch.addcmul(self.bins.start[0], self.z, self.bins.size[0])
        return torch.where(self.bins.inside > 0, inside, y)

    def values(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The value, which is x (...) outside of the box, and the log slope, each with shape (...)."""
        inside = torch.addcmul(self.bins.start[1], self.bins.size[1], self.numerator / self.denominator)
        return torch.where(self.bins.inside > 0, inside, x), self.bins.inside * self.slope().log()

    def slope(self) -> Tensor:
        """dy / dx inside of the box (...)."""
        return (self.mean / self.denominator).square() * self.change

    def backward(self, by_y: Tensor, by_log: Tensor) -> tuple[Tensor, Tensor]:
        """Derivatives by x (...) and by the signals (3 K - 1, ...), from those by y and by the log slope."""
        (width, height), (d, e) = self.bins.size, self.bins.ends
        s, z, rest, denominator = self.mean, self.z, 1 - self.z, self.denominator
        product, turn = z * rest, rest - z  # `turn` is the derivative of the product
        inner, by_log = by_y * self.bins.inside, by_log * self.bins.inside
        by_numerator = inner * height / denominator
        by_denominator = -torch.addcmul(2 * by_log, by_numerator, self.numerator) / denominator
        by_change = by_log / self.change
        by_both = by_denominator * product
        by_z = (
            by_numerator * torch.addcmul(d * turn, s, z, value=2)
            + by_denominator * turn * (d + e - 2 * s)
            + 2 * by_change * (e * z + s * turn - d * rest)
        )
        by_s = by_numerator * z * z + by_denominator + 2 * (by_change * product - by_both + by_log / s)
        by_d = by_numerator * product + by_both + by_change * rest * rest
        by_e = by_both + by_change * z * z
        by_x, by_s = by_z / width, by_s / width
        by_start = torch.stack([-by_x, inner])
        by_height = torch.addcmul(by_s, inner, self.numerator / denominator)
        by_size = torch.stack([-(by_x * z + by_s * s), by_height])
        by_signals = self._by_signals(by_start, by_size, by_d * d, by_e * e)
        return torch.where(self.bins.inside > 0, by_x, by_y), by_signals

    def _by_signals(self, by_start: Tensor, by_size: Tensor, by_first: Tensor, by_last: Tensor) -> Tensor:
        """From derivatives by the bin (2, ...) and by the logarithms of the slopes at its ends (...)."""
        bound, shares, damping, bins = self.knots.bound, self.knots.shares, self.knots.damping, self.bins
        numbers = torch.arange(shares.shape[1], dtype=shares.dtype, device=shares.device)
        ahead = bins.number.to(shares) - numbers.reshape(-1, *[1] * by_first.ndim)
        # a bin's share moves the bins after it and widens itself, at the cost of all, since the sum is 1
        own, earlier = (1 - ahead.abs()).clamp(min=0), ahead.clamp(0, 1)
        cost = torch.addcmul(by_start * (bins.start + bound), by_size, bins.size)
        by_share = (earlier * by_start[:, None]).addcmul_(own, by_size[:, None]).mul_(2 * bound)
        by_bins = by_share.sub_(cost[:, None]).mul_(shares).flatten(0, 1)
        by_slopes = (own[1:] * by_first).addcmul_(own[:-1], by_last)
        return torch.cat([by_bins, by_slopes]).div_(damping).div_(damping)

    def save(self, ctx: Any) -> None:
        """Keep what `backward` needs."""
        knots, bins = self.knots, self.bins
        ctx.bound = knots.bound
        ctx.save_for_backward(
            *(knots.shares, knots.damping, bins.number, bins.inside, bins.start, bins.size, bins.ends),
            *(self.mean, self.z, self.numerator, self.denominator, self.change),
        )

    @classmethod
    def saved(cls, ctx: Any) -> Curve:
        """What was kept: all but the places and the slopes of the knots."""
        shares, damping, number, inside, start, size, ends, *formulas = ctx.saved_tensors
        knots = Knots(ctx.bound, shares[:0], shares[:0], shares, damping)
        return cls(knots, Bins(number, inside, start, size, ends), *formulas)
