"""What a trial scored."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from harness.data.arrays import Array
from harness.data.record import RunRecord, ScoreRecord
from harness.data.score_parts import MATCHED
from harness.errors import HarnessError
from harness.runs.bootstrap import SEED, Paired, apart, error_of_difference, interval
from harness.runs.score_table import ScoreTable
from harness.sweep.trials import Trial


@dataclass(frozen=True)
class Tried:
    """A trial with its runs.

    Attributes:
        trial: what was chosen.
        runs: one for each challenge and seed.
        score: the mean of theirs; None where one failed, or has no such score.
    """

    trial: Trial
    runs: Sequence[RunRecord]
    score: float | None

    @classmethod
    def of(cls, trial: Trial, runs: Sequence[RunRecord], scorer: str) -> Tried:
        """From the records of its runs."""
        values = [None if found is None else found.value for found in (score_in(run, scorer) for run in runs)]
        known = [value for value in values if value is not None]
        return cls(trial, runs, statistics.fmean(known) if len(known) == len(values) else None)

    @property
    def seconds(self) -> float:
        """That fits and samplings took, all runs together."""
        return sum((run.seconds.fit or 0) + (run.seconds.sample or 0) for run in self.runs)


@dataclass(frozen=True)
class Behind:
    """By how much a trial scores less than the best on the same planets, as `leaderboard compare` has it.

    Attributes:
        value: the difference.
        error: its standard error over planets and seeds; one seed says nothing about its scatter.
        interval: that holds 95% of the difference.
    """

    value: float
    error: float
    interval: tuple[float, float]

    @property
    def told(self) -> bool:
        """Whether they can be told apart."""
        lower, upper = self.interval
        return lower > 0 or upper < 0


def behind(ranked: Sequence[Tried], scorer: str, home: Path) -> list[Behind | None]:
    """How far each trial is from the first by the scores of single planets that the runs' folders keep.

    Returns:
        None of the first itself, and of a trial that has no score or whose folders lack them.
    """
    paired = cache(Paired)  # of as many planets the same are drawn for every trial
    return [
        None if one is ranked[0] or one.score is None else _behind(one, ranked[0], scorer, home, paired)
        for one in ranked
    ]


def _behind(one: Tried, best: Tried, scorer: str, home: Path, paired: Callable[..., Paired]) -> Behind | None:
    scores: dict[str, list[tuple[Array, Array]]] = {}
    values, errors, draws = [], [], []
    try:
        for run, other in zip(one.runs, best.runs, strict=True):
            pair = _planets(home / run.artifacts, scorer), _planets(home / other.artifacts, scorer)
            scores.setdefault(run.challenge.fingerprint, []).append(pair)
        for seed, pairs in enumerate(scores.values(), SEED):
            first, second = (np.stack(side) for side in zip(*pairs, strict=True))
            known = np.isfinite(first).all(0) & np.isfinite(second).all(0)
            if known.sum() < 2:
                return None
            first, second = first[:, known], second[:, known]
            values.append(float(apart(first.mean(0), second.mean(0)).mean()))
            errors.append(error_of_difference(first, second))
            draws.append(-paired(first.shape[1], seed=seed).drawn(second, first))  # compared as they rank
    except (HarnessError, ValueError, KeyError):
        return None
    error = math.hypot(*errors) / len(errors)
    return Behind(statistics.fmean(values), error, interval(np.mean(draws, axis=0)))


def _planets(folder: Path, scorer: str) -> Array:
    """A score of each planet of the kind that ranks."""
    table = ScoreTable.read(folder)
    ranking = np.array([kind in ("", MATCHED) for kind in table.partitions])
    return np.array(table.scores[scorer])[ranking if ranking.any() else slice(None)]


def score_in(record: RunRecord, scorer: str) -> ScoreRecord | None:
    """What a scorer said of a run; None where it did not score it."""
    return next((score for score in record.scores if score.scorer.name == scorer), None)
