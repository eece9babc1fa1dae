"""Scoring a prediction with several scorers, into the record's form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from harness.assembly import Choice
from harness.challenges.split import Split
from harness.components import Challenge, Scorer
from harness.errors import HarnessError
from harness.posterior import Posterior
from harness.record import EstimateRecord, ScoreRecord
from harness.score import Score


def applicable_scorers(
    challenge: Challenge, split: Split, scorers: Sequence[Choice], *, required: bool
) -> tuple[list[Choice], list[str]]:
    """The scorers that the split's truth allows, and a sentence for each that it does not.

    Raises:
        HarnessError: a scorer does not apply and is `required`, because it was asked for by name.
    """
    chosen, left_out = [], []
    for choice in scorers:
        scorer: Scorer = choice.build()
        missing = scorer.missing(split.truth)
        if not missing:
            chosen.append(choice)
            continue
        sentence = (
            f"Scorer '{scorer.name}' needs {' and '.join(missing)}, which the planets of "
            f"{challenge.spec} do not have."
        )
        if required:
            raise HarnessError(f"{sentence} Leave it out, or choose another challenge.")
        left_out.append(sentence)
    return chosen, left_out


def score_all(
    scorers: Sequence[Choice], prediction: Posterior, split: Split, challenge: Challenge
) -> list[tuple[ScoreRecord, Score]]:
    """Score a prediction of the split's planets with every scorer."""
    results = []
    for choice in scorers:
        scorer: Scorer = choice.build()
        score = scorer.score(prediction, split.truth, challenge)
        results.append((_record(choice, scorer, score), score))
    return results


def _record(choice: Choice, scorer: Scorer, score: Score) -> ScoreRecord:
    return ScoreRecord(
        scorer=choice.record(),
        value=_number(score.value),
        standard_error=_number(score.standard_error),
        higher_is_better=scorer.higher_is_better,
        parts={
            name: EstimateRecord(value=_number(part.value), standard_error=_number(part.standard_error))
            for name, part in score.parts.items()
        },
        n_planets=int(torch.isfinite(score.per_planet).sum()),
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def write_per_planet(path: Path, split: Split, results: Sequence[tuple[ScoreRecord, Score]]) -> None:
    """Write the per-planet column of every scorer as CSV."""
    columns = {record.scorer.name: score.per_planet.cpu().numpy() for record, score in results}
    table = pd.DataFrame(columns, index=pd.Index(split.observations.planet_ids, name="planet_ID"))
    table.to_csv(path)
