"""Scores on other planets and with other seeds: what intervals of ranks and of differences are made of."""

from __future__ import annotations

import math
from copy import deepcopy
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95  # of an interval
DRAWS, SEED = 20_000, 0  # of a difference, which gives the same numbers every time
ROUNDING = 1e-9  # of a score: two that differ by less are the same, computed in another order
POOL = 2**16  # values of Student's t that many entries share


def times_drawn(planets: int, draws: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """How often each planet is drawn, of as many drawn with replacement as there are (draws, planets)."""
    return generator.multinomial(planets, np.full(planets, 1 / planets), size=draws)


def error_of_seeds(values: NDArray[np.float64]) -> float:
    """Of the mean over seeds (S, N), by their scatter; 0 for one, which says nothing about it."""
    return float(values.mean(1).std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0


def scatter_of_seeds(
    values: NDArray[np.float64], draws: int, generator: np.random.Generator
) -> NDArray[np.float64] | float:
    """What the mean over seeds (S, N) may be off by (draws,): Student's t, for so few.

    The middles of so many parts of equal probability, in random order: of two seeds its tail is that of
    Cauchy's distribution, and the end of an interval would be another for every seed of the draws.
    """
    if len(values) == 1:
        return 0.0
    return error_of_seeds(values) * generator.permutation(_evenly(len(values) - 1, draws))


@lru_cache(maxsize=16)
def _evenly(freedom: int, draws: int) -> NDArray[np.float64]:
    from scipy.stats import t  # which takes a board that compares nothing half a second to import

    quantiles: NDArray[np.float64] = t.ppf((np.arange(draws) + 0.5) / draws, freedom)
    return quantiles


class Scatter:
    """`scatter_of_seeds` for thousands of entries.

    They take their values of Student's t from as many as there are of each number of seeds, drawn once and
    with replacement, which is a tenth of the cost of drawing each by itself.

    Arguments:
        draws: for each entry.
        generator: of all of them.
    """

    def __init__(self, draws: int, generator: np.random.Generator) -> None:
        self._draws, self._generator = draws, generator
        self._of_freedom: dict[int, NDArray[np.float64]] = {}

    def of(self, values: NDArray[np.float64]) -> NDArray[np.float64] | float:
        """What the mean over seeds (S, N) may be off by (draws,)."""
        freedom = len(values) - 1
        if freedom == 0:
            return 0.0
        if freedom not in self._of_freedom:
            self._of_freedom[freedom] = self._generator.standard_t(freedom, size=POOL)
        chosen = self._generator.integers(POOL, size=self._draws, dtype=np.uint16)
        return error_of_seeds(values) * self._of_freedom[freedom][chosen]


class Paired:
    """Differences on the same N planets, which are drawn anew once for as many as are asked for.

    Arguments:
        planets: N, two or more.
        draws: how often.
        seed: of the draws.
    """

    def __init__(self, planets: int, draws: int = DRAWS, seed: int = SEED) -> None:
        self._generator = np.random.default_rng(seed)
        self._times = times_drawn(planets, draws, self._generator)

    def drawn(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
        """First less second of scores (S, N) and (R, N) by S and R seeds (draws,).

        What the seeds scatter by is added as the error of a mean, with Student's t for so few. One seed says
        nothing about its scatter, and none is added.
        """
        generator = deepcopy(self._generator)
        gap = apart(first.mean(0), second.mean(0))
        draws = self._times @ gap / len(gap)
        draws += scatter_of_seeds(first, len(draws), generator)
        draws -= scatter_of_seeds(second, len(draws), generator)
        return draws


def error_of_difference(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """The standard error of the mean of first less second, by planets and seeds as `Paired` has them."""
    gap = apart(first.mean(0), second.mean(0))
    of_planets = (float(gap.var(ddof=1)) / len(gap)) ** 0.5
    return math.hypot(of_planets, error_of_seeds(first), error_of_seeds(second))


def apart(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """First less second, 0 where they differ by rounding alone."""
    difference = first - second
    largest = np.maximum(np.abs(first), np.abs(second))
    difference[np.abs(difference) <= ROUNDING * largest] = 0.0
    return difference


def interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The central 95% of values."""
    tail = (1 - LEVEL) / 2
    lower, upper = np.quantile(values, [tail, 1 - tail]).tolist()
    return lower, upper


def share_above(values: NDArray[np.float64]) -> float:
    """The share of values above 0; those equal to it count half."""
    return float(np.mean(values > 0) + np.mean(values == 0) / 2)
