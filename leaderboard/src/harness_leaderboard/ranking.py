"""Ranks, and ties between what the errors cannot tell apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness_leaderboard.pooling import Pooled

if TYPE_CHECKING:
    from harness_leaderboard.resampling import Resampled


@dataclass(frozen=True)
class Rank:
    """A place on the board: 1 is the best; None for what has no value to be ranked by."""

    number: int | None
    tied: bool = False

    def __str__(self) -> str:
        if self.number is None:
            return "-"
        return f"{self.number}=" if self.tied else str(self.number)


def within_error(one: Pooled, other: Pooled) -> bool:
    """Whether two values differ by no more than their combined standard error.

    The combined error is sqrt(a^2 + b^2), as for independent errors. Two methods scored on the same
    planets share part of theirs, so this is cautious: it calls a tie rather than a winner. A value
    without a known error ties only with its equal.
    """
    if one.value is None or other.value is None:
        return False
    combined = math.hypot(one.standard_error or 0.0, other.standard_error or 0.0)
    return abs(one.value - other.value) <= combined


def order(values: Sequence[Pooled], higher_is_better: bool) -> list[int]:
    """The indices of `values` from the best to the worst, those without a value last.

    Of equal values the one with the smaller error comes first; otherwise the given order is kept.
    """

    def key(index: int) -> tuple[bool, float, float]:
        pooled = values[index]
        if pooled.value is None:
            return True, 0.0, 0.0
        return False, -pooled.value if higher_is_better else pooled.value, pooled.standard_error or 0.0

    return sorted(range(len(values)), key=key)


def ranks(values: Sequence[Pooled], higher_is_better: bool, resampled: Resampled | None = None) -> list[Rank]:
    """The rank of each value.

    From the best down: the first value leads a group, and the ones after it belong to the group as
    long as they cannot be told from ANY in it, not only from their neighbour, so a chain of small steps
    cannot tie the best with the worst, nor a leader of few seeds two that are sure. The first one that
    can leads the next group. All of a group share the rank of its leader, which is one more than the
    number of values before it.

    Two entries of which the scores of the same planets are known are told apart by these (`Resampled`);
    others are not where they are `within_error`.
    """

    def of_same_planets(index: int) -> bool:
        return resampled is not None and resampled.paired[index]

    def tied(group: Sequence[int], index: int) -> bool:
        same = [one for one in group if of_same_planets(one)] if of_same_planets(index) else []
        if resampled is not None and same and resampled.differs_from_any(index, same):
            return False
        return all(within_error(values[one], values[index]) for one in group if one not in same)

    result = [Rank(None)] * len(values)
    groups: list[list[int]] = []
    for index in order(values, higher_is_better):
        if values[index].value is None:
            break
        if groups and tied(groups[-1], index):
            groups[-1].append(index)
        else:
            groups.append([index])
    ahead = 0
    for group in groups:
        for index in group:
            result[index] = Rank(ahead + 1, tied=len(group) > 1)
        ahead += len(group)
    return result
