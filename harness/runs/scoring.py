"""Scoring a prediction with several scorers, into the record's form."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from harness.challenges import require_opened
from harness.components import Challenge, Scorer
from harness.components.settings import options_for, refuse_unused
from harness.data.given import names_in, settings_in
from harness.data.posterior import Posterior, check_posterior
from harness.data.record import LARGEST, EstimateRecord, ScoreRecord
from harness.data.score import Estimate, Score
from harness.data.split import MATCHED, Split
from harness.errors import HarnessError
from harness.runs.assembly import Choice
from harness.runs.score_table import PARTITION, PLANET


def applicable_scorers(
    challenge: Challenge, split: Split, scorers: Sequence[Choice[Scorer]], *, required: bool
) -> tuple[list[Choice[Scorer]], list[str]]:
    """The scorers that the split's truth allows, and a sentence for each that it does not.

    Raises:
        HarnessError: a scorer does not apply and is `required`, because it was asked for by name.
    """
    chosen, left_out = [], []
    for choice in scorers:
        scorer = choice.build()
        sentence = _reason_against(scorer, challenge, split)
        if sentence is None:
            chosen.append(choice)
            continue
        if required:
            raise HarnessError(f"{sentence} Leave it out, or choose another challenge.")
        left_out.append(sentence)
    return chosen, left_out


def _reason_against(scorer: Scorer, challenge: Challenge, split: Split) -> str | None:
    if missing := scorer.missing(split.truth):
        needed = " and ".join(missing)
        return f"Scorer '{scorer.name}' needs {needed}, which the planets of {challenge.spec} do not have."
    if reason := scorer.unsuitable_for(challenge.on(split)):
        return f"Scorer '{scorer.name}' cannot score on {challenge.spec}. {reason}"
    return None


def score(
    prediction: Posterior,
    challenge: Challenge,
    scorers: Sequence[str] = (),
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Score]:
    """Score a prediction of the challenge's test planets, as a run would be.

    Arguments:
        prediction: of the test planets, in their order.
        challenge: opened by `harness.load`.
        scorers: their names; none means the challenge's own, as far as its truth allows them.
        settings: options of scorers by kind or by name.

    Returns:
        the score of each scorer by its name, with `value`, `standard_error`, `parts` and `per_planet`.

    Raises:
        HarnessError: a scorer or an option is unknown, a scorer that was asked for does not apply, or the
            prediction is not one of the test planets.
    """
    require_opened(challenge)
    chosen, named = settings_in(settings), names_in("scorers", scorers)
    test, n_parameters = challenge.test, len(challenge.schema.parameters)
    n = prediction.samples.shape[1] if isinstance(prediction, Posterior) else 0
    check_posterior(prediction, test.observations, n, n_parameters)
    wanted = named or challenge.scorers
    choices = [Choice.of("scorer", one, options_for(chosen, "scorer", one)) for one in wanted]
    refuse_unused(chosen, ["scorer", *(choice.registration.name for choice in choices)])
    applicable, _ = applicable_scorers(challenge, test, choices, required=bool(named))
    return {record.scorer.name: one for record, one in score_all(applicable, prediction, test, challenge)}


def score_all(
    scorers: Sequence[Choice[Scorer]], prediction: Posterior, split: Split, challenge: Challenge
) -> list[tuple[ScoreRecord, Score]]:
    """Score a prediction of the split's planets with every scorer.

    Where the planets are partitioned, each partition is scored on its own, and the score itself is
    that of the partition `MATCHED` (of all planets, if there is none of that name); but scorers that compare
    partitions with each other score all planets at once.
    """
    return [_score_one(choice, prediction, split, challenge) for choice in scorers]


def _score_one(
    choice: Choice[Scorer], prediction: Posterior, split: Split, challenge: Challenge
) -> tuple[ScoreRecord, Score]:
    scorer = choice.build()
    partitions = {} if scorer.across_partitions else split.partitions()
    parts: dict[str, Score] = {}
    per_planet = torch.full((len(split),), torch.nan, dtype=torch.float64)
    columns: dict[str, torch.Tensor] = {}
    for label, rows in partitions.items():
        part = split[rows]
        if scorer.missing(part.truth):
            continue
        parts[label] = _scored(scorer, prediction[rows], part, challenge)
        per_planet[rows] = parts[label].per_planet.double().cpu()
        for name, column in parts[label].columns.items():
            whole = columns.setdefault(name, torch.full_like(per_planet, torch.nan))
            whole[rows] = column.double().cpu()
    if MATCHED in parts:
        score = replace(parts[MATCHED], per_planet=per_planet, columns=columns)
        n_planets = int(torch.isfinite(parts[MATCHED].per_planet).sum())
    else:
        score = _scored(scorer, prediction, split, challenge)
        n_planets = int(torch.isfinite(score.per_planet).sum())
    record = _record(choice, scorer, score, n_planets)
    record.partitions = {label: _estimate(part) for label, part in parts.items()}
    return record, score


def _scored(scorer: Scorer, prediction: Posterior, split: Split, challenge: Challenge) -> Score:
    """What a scorer answers, if it is a score with a number for each planet."""
    answer: object = scorer.score(prediction, split.truth, challenge.on(split))
    if not isinstance(answer, Score):
        raise HarnessError(
            f"scorer '{scorer.name}' failed: it gave a {type(answer).__name__}; expected a harness.Score."
        )
    if answer.per_planet.shape != (len(split),):
        raise HarnessError(
            f"scorer '{scorer.name}' failed: its scores of single planets have shape "
            f"{tuple(answer.per_planet.shape)}; expected {(len(split),)}, one for each planet."
        )
    return answer


def _record(choice: Choice[Scorer], scorer: Scorer, score: Score, n_planets: int) -> ScoreRecord:
    return ScoreRecord(
        scorer=choice.record(),
        value=_number(score.value),
        standard_error=_number(score.standard_error),
        higher_is_better=scorer.higher_is_better,
        parts={name: _estimate(part) for name, part in score.parts.items()},
        n_planets=n_planets,
    )


def _estimate(score: Score | Estimate) -> EstimateRecord:
    return EstimateRecord(value=_number(score.value), standard_error=_number(score.standard_error))


def _number(value: float) -> float | None:
    return float(value) if abs(value) <= LARGEST else None  # more than a record may hold is no number


def write_per_planet(path: Path, split: Split, results: Sequence[tuple[ScoreRecord, Score]]) -> None:
    """Write the planets, the partition that each is of, and the column of every scorer as CSV.

    Of the first, which ranks, the parts are written too, as SCORER/PART.
    """
    names = [record.scorer.name for record, _ in results]
    columns = [score.per_planet.cpu().tolist() for _, score in results]
    for record, score in results[:1]:
        names += [f"{record.scorer.name}/{part}" for part in score.columns]
        columns += [column.cpu().tolist() for column in score.columns.values()]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([PLANET, PARTITION, *names])
        kinds = [""] * len(split) if split.partition is None else split.partition.tolist()
        writer.writerows(zip(split.observations.names.tolist(), kinds, *columns, strict=True))
