"""What a trial scored."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.data.arrays import Array
from harness.data.record import RunRecord, ScoreRecord
from harness.data.score_parts import MATCHED
from harness.errors import HarnessError
from harness.runs.score_table import ScoreTable
from harness.sweep.trials import Trial

CLEAR = 2.0  # standard errors


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
    """By how much a trial scores less than the best, on the same planets.

    Attributes:
        value: the difference.
        error: its standard error over the planets; seeds are averaged over, and their scatter is not in it.
    """

    value: float
    error: float

    @property
    def told(self) -> bool:
        """Whether they can be told apart."""
        return abs(self.value) > CLEAR * self.error

    @classmethod
    def of(cls, one: Tried, best: Tried, scorer: str, home: Path) -> Behind | None:
        """From the scores of single planets that the runs' folders keep; None where one lacks them."""
        differences: dict[str, list[Array]] = {}
        try:
            for run, other in zip(one.runs, best.runs, strict=True):
                first, second = (_planets(home / record.artifacts, scorer) for record in (run, other))
                differences.setdefault(run.challenge.fingerprint, []).append(first - second)
            means = [np.mean(seeds, axis=0) for seeds in differences.values()]
            means = [mean[np.isfinite(mean)] for mean in means]
        except (HarnessError, ValueError, KeyError):
            return None
        if any(len(mean) < 2 for mean in means):
            return None
        variances = [float(mean.var(ddof=1)) / len(mean) for mean in means]
        value = statistics.fmean(float(mean.mean()) for mean in means)
        return cls(value, math.sqrt(sum(variances)) / len(means))


def _planets(folder: Path, scorer: str) -> Array:
    """A score of each planet of the kind that ranks."""
    table = ScoreTable.read(folder)
    ranking = np.array([kind in ("", MATCHED) for kind in table.partitions])
    return np.array(table.scores[scorer])[ranking if ranking.any() else slice(None)]


def score_in(record: RunRecord, scorer: str) -> ScoreRecord | None:
    """What a scorer said of a run; None where it did not score it."""
    return next((score for score in record.scores if score.scorer.name == scorer), None)
