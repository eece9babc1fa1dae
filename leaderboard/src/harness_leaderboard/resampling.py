"""What the ranks of a board would be on other planets and with other seeds.

All entries were asked about the same planets. These are drawn anew with replacement, for all entries
together, so that what makes a planet hard for everybody moves no rank (the bootstrap: Efron 1979, Ann. Stat.
7, 1).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from harness.runs.bootstrap import LEVEL, Scatter, apart, interval, share_above, times_drawn
from harness_leaderboard.pooling import Pooled

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS, MOST_NUMBERS, FEWEST_DRAWS, SEED = 4000, 2**18, 500, 0


@dataclass(frozen=True)
class Resampled:
    """Scores of E entries, drawn anew B times, the higher the better.

    Attributes:
        scores: (E, B); NaN of an entry that has no score.
        paired: which entries were drawn from their planets (E,).
        planets: how many there are of them.
    """

    scores: NDArray[np.float64]
    paired: Sequence[bool]
    planets: int

    @classmethod
    def of(
        cls,
        pooled: Sequence[Pooled],
        per_planet: Sequence[NDArray[np.float64] | None],
        higher_is_better: bool,
    ) -> Resampled | None:
        """Draw anew.

        What the seeds scatter by is added as the error of a mean, by Student's t for so few. An entry whose
        planets are not known is drawn from the normal distribution of its own error, apart from the others.

        Arguments:
            pooled: the score of each entry.
            per_planet: of each entry's seeds on the same planets (S, N), or None where they are not known.
            higher_is_better: of the score; else its sign is turned.

        Returns:
            None where fewer than two entries have planets.
        """
        known = [index for index, values in enumerate(per_planet) if values is not None]
        if len(known) < 2:
            return None
        generator = np.random.default_rng(SEED)
        draws = max(FEWEST_DRAWS, min(DRAWS, MOST_NUMBERS // len(pooled)))
        scores = np.full((len(pooled), draws), np.nan)
        means = np.stack([values.mean(0) for values in per_planet if values is not None], axis=1)
        planets = len(means)
        scores[known] = (times_drawn(planets, draws, generator) @ means / planets).T
        scatter = Scatter(draws, generator)
        for drawn, one, values in zip(scores, pooled, per_planet, strict=True):
            if values is None and one.value is not None:
                error = one.standard_error or 0.0
                drawn[:] = one.value + error * generator.standard_normal(draws)
            elif values is not None:
                drawn += scatter.of(values)
        if not higher_is_better:
            scores *= -1
        return cls(scores, [values is not None for values in per_planet], planets)

    def told_apart(self, one: int, other: int) -> bool | None:
        """Whether 95% of the draws of a difference lie on one side; None if not of the same planets."""
        if not (self.paired[one] and self.paired[other]):
            return None
        return self.differs_from_any(one, [other])

    def differs_from_any(self, one: int, others: Sequence[int]) -> bool:
        """Whether it can be told from any of others, all of them of the same planets."""
        differences = apart(self.scores[list(others)], self.scores[one])
        # where all but a tail are on one side the interval is, and where not even a tail, it is not
        last = math.floor((1 - LEVEL) / 2 * (differences.shape[1] - 1))
        below, above = (np.count_nonzero(side, axis=1) for side in (differences <= 0, differences >= 0))
        fewest = np.minimum(below, above)
        if (fewest <= last).any():
            return True
        for unsure in np.flatnonzero(fewest == last + 1):
            lower, upper = interval(differences[unsure])
            if lower > 0 or upper < 0:
                return True
        return False

    def better(self, one: int, other: int) -> float:
        """The probability that one entry is better than another; equal draws count half."""
        return share_above(apart(self.scores[one], self.scores[other]))

    def rank_intervals(self) -> list[tuple[int, int] | None]:
        """The ranks that hold 95% of the draws of each entry; None for one without a score."""
        having = np.flatnonzero(np.isfinite(self.scores).all(1))
        scores = np.ascontiguousarray(-self.scores[having].T)
        order = np.argsort(scores, axis=1)
        ordered = np.take_along_axis(scores, order, axis=1)
        places = np.broadcast_to(np.arange(1, len(having) + 1, dtype=np.int32), scores.shape)
        equal = apart(ordered[:, 1:], ordered[:, :-1]) == 0
        if equal.any():  # they share the better rank, as on a board
            new = np.insert(~equal, 0, True, axis=1)
            places = np.maximum.accumulate(np.where(new, places, 1), axis=1)
        ranks = np.empty(scores.shape, dtype=np.int32)
        np.put_along_axis(ranks, order, places, axis=1)
        tail = (1 - LEVEL) / 2
        of_entries = np.sort(ranks.T, axis=1)
        low, high = (of_entries[:, math.ceil(share * len(ranks)) - 1] for share in (tail, 1 - tail))
        intervals: list[tuple[int, int] | None] = [None] * len(self.scores)
        for index, first, last in zip(having.tolist(), low.tolist(), high.tolist(), strict=True):
            intervals[index] = int(first), int(last)
        return intervals

    def resolution(self, ranked: Sequence[int]) -> float | None:
        """The difference that can just be told: half the width of neighbours' intervals, in the median.

        Neighbours that gave the same answers are left out; 0 where all did.

        Arguments:
            ranked: the entries from the best to the worst.
        """
        pairs = [(one, other) for one, other in pairwise(ranked) if self.paired[one] and self.paired[other]]
        if not pairs:
            return None
        first, second = np.array(pairs).T
        tail = (1 - LEVEL) / 2
        differences = apart(self.scores[first], self.scores[second])
        lower, upper = np.quantile(differences, [tail, 1 - tail], axis=1, overwrite_input=True)
        widths = [width for width in ((upper - lower) / 2).tolist() if width > 0]
        return float(median(widths or [0.0]))  # numpy's imports its masked arrays first
