"""What a trial scored."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from harness.data.record import RunRecord, ScoreRecord
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


def score_in(record: RunRecord, scorer: str) -> ScoreRecord | None:
    """What a scorer said of a run; None where it did not score it."""
    return next((score for score in record.scores if score.scorer.name == scorer), None)
