"""Several seeds of one method as one number with one standard error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Pooled:
    """A mean over seeds with the two parts of its standard error.

    Attributes:
        value: the mean over seeds, None where any seed has no value.
        over_planets: the error that comes from the finite number of planets, None where it is unknown.
        between_seeds: the error of the mean that comes from the seeds' scatter, None for a single seed.
    """

    value: float | None = None
    over_planets: float | None = None
    between_seeds: float | None = None

    @property
    def standard_error(self) -> float | None:
        """Both parts in quadrature, None where neither is known."""
        known = [error for error in (self.over_planets, self.between_seeds) if error is not None]
        return math.hypot(*known) if known else None


def pool(values: Sequence[float | None], errors: Sequence[float | None]) -> Pooled:
    """Pool one number per seed, each with its standard error over planets.

    Every seed is scored on the same planets, so averaging seeds does not make the error over planets
    smaller: the pooled error over planets is the root mean square of the seeds' own (exact where the
    seeds err on the same planets alike, too large otherwise). Seeds are independent draws, so the
    error that they add is their standard deviation over the square root of their number. A single
    seed says nothing about the scatter between seeds, and its error holds the planets alone.

    A seed without a value leaves the whole without one: leaving it out would flatter the method.
    """
    finite = [value for value in values if value is not None and math.isfinite(value)]
    if not finite or len(finite) < len(values):
        return Pooled()
    known = [error for error in errors if error is not None and math.isfinite(error)]
    return Pooled(
        value=math.fsum(finite) / len(finite),
        over_planets=math.sqrt(math.fsum([error**2 for error in known]) / len(known)) if known else None,
        between_seeds=math.sqrt(_variance(finite) / len(finite)) if len(finite) > 1 else None,
    )


def _variance(values: Sequence[float]) -> float:
    """The unbiased variance, exactly 0 of equal values (`statistics.variance` takes fifty times as long)."""
    moved = [value - values[0] for value in values]
    mean = math.fsum(moved) / len(moved)
    return math.fsum([(value - mean) ** 2 for value in moved]) / (len(values) - 1)
