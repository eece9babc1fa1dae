"""The entries of a board on the planets that all were asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.data.score_parts import MATCHED
from harness_leaderboard.entries import Entry, Scorer
from harness_leaderboard.planet_scores import PlanetSource
from harness_leaderboard.pooling import Pooled
from harness_leaderboard.resampling import Resampled

if TYPE_CHECKING:
    from numpy.typing import NDArray


def resampled_entries(
    entries: Sequence[Entry], scorer: Scorer, pooled: Sequence[Pooled], planets: PlanetSource
) -> Resampled | None:
    """The entries' scores on other planets and with other seeds; None where too few planets are known.

    Arguments:
        entries: of one challenge.
        scorer: whose scores they are.
        pooled: the score of each.
        planets: scores of single planets.
    """
    return Resampled.of(pooled, per_planet(entries, scorer, planets), scorer.higher_is_better)


def per_planet(
    entries: Sequence[Entry], scorer: Scorer, planets: PlanetSource
) -> list[NDArray[np.float64] | None]:
    """The scores of each entry's seeds on the planets that rank (S, N); None where they are not known.

    An entry that was scored on other planets than most, or not on all of them, has none.
    """
    runs = [entry.newest(scorer) for entry in entries]
    known = planets.of(run for some in runs for run in some)
    if not known:
        return [None] * len(entries)
    [(most, _)] = Counter(scores.planets for scores in known.values()).most_common(1)
    kinds = np.array(most.kinds)
    ranking = kinds == MATCHED if (kinds == MATCHED).any() else np.ones(len(kinds), dtype=bool)
    found: list[NDArray[np.float64] | None] = []
    for some in runs:
        scores = [known[run.run_id] for run in some if run.run_id in known]
        whole = [
            values[ranking]
            for one in scores
            if one.planets == most and (values := one.of(scorer)) is not None
        ]
        complete = bool(whole) and len(whole) == len(some) and bool(np.isfinite(whole).all())
        found.append(np.stack(whole) if complete else None)
    return found
