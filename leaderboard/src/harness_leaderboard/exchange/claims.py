"""Whether a run can be what it says: texts of a usable length, and scores that are those of its planets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.data.record import LARGEST, EstimateRecord, RunRecord
from harness.data.schema import Schema
from harness.data.score_parts import MATCHED
from harness.errors import HarnessError
from harness.runs.home import PER_PLANET, SCHEMA
from harness.runs.score_table import ScoreTable
from harness.untrusted.words import excerpt
from harness_leaderboard.planet_scores import PlanetScores
from harness_leaderboard.proofs.agreement import agree

LONGEST, LONGEST_CHOICE = 400, 5_000  # characters of a text, and of one that may hold places or options
CHOICES = ("spec", "options", "changed", "files", "error", "artifacts")
# scorers whose score is the mean over planets of their column in the table; others may be anything
MEANS = ("ariel", "ariel-official", "r2", "rmse", "crps", "coverage")


def check_texts(record: RunRecord) -> None:
    """Refuse a record with a text that nobody can read on a board.

    Raises:
        HarnessError: one is too long.
    """
    for place, text, longest in _texts(record.model_dump(mode="json"), "", LONGEST):
        if len(text) > longest:
            raise HarnessError(
                f"The record of run {excerpt(record.run_id)} has a text of {len(text):,} characters in "
                f"'{place}'; expected at most {longest:,}, so shorten it before it goes on a board."
            )


def check_files(record: RunRecord, folder: Path) -> None:
    """Refuse a run whose files beside its predictions are damaged, or contradict its record.

    Raises:
        HarnessError: the schema or the table of planets is damaged, or a score is not that of the planets.
    """
    if (folder / SCHEMA).exists():
        Schema.read(folder / SCHEMA)
    if not (folder / PER_PLANET).exists():
        return
    table = ScoreTable.read(folder)
    for told in _contradictions(record, PlanetScores.of_table(table), table.parts):
        raise HarnessError(
            f"Run {record.run_id}: {told} in {folder / PER_PLANET}; one of them was changed after the run, "
            "so take both again from where they were made."
        )


def _texts(value: Any, place: str, longest: int) -> Iterator[tuple[str, str, int]]:
    """Every text in a value of JSON, keys too: (where, the text, how long it may be)."""
    if isinstance(value, str):
        yield place, value, longest
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one, place, longest)
    elif isinstance(value, dict):
        for name, one in value.items():
            yield place or "the record", name, longest
            limit = LONGEST_CHOICE if name in CHOICES else longest
            yield from _texts(one, f"{place}.{excerpt(name)}".lstrip("."), limit)


def _contradictions(
    record: RunRecord, scores: PlanetScores, of_parts: Mapping[str, Sequence[float]]
) -> Iterator[str]:
    """Where a recorded score, or a part of one, is not the mean over its planets, in clauses."""
    kinds = np.array(scores.planets.kinds)
    for score in record.scores:
        name = score.scorer.name
        column = scores.values.get(name)
        own = score.scorer.distribution == "ariel-harness" and name in MEANS
        if not own or column is None or (score.partitions and not any(scores.planets.kinds)):
            continue  # tables of older versions do not have the kinds
        matched = kinds == MATCHED
        ranking = matched if np.isfinite(column[matched]).any() else np.ones(len(kinds), dtype=bool)
        of_kinds = ((f"'{name}' on {kind}", said, kinds == kind) for kind, said in score.partitions.items())
        for what, said, values in (
            (f"'{name}'", score.whole, column[ranking]),
            *((what, said, column[rows]) for what, said, rows in of_kinds),
            *(
                (f"'{name}/{part}'", said, np.array(of_parts[f"{name}/{part}"])[ranking])
                for part, said in score.parts.items()
                if f"{name}/{part}" in of_parts
            ),
        ):
            found = _mean(values)
            same = agree(said.value, found.value, found.standard_error)
            if not same or not agree(said.standard_error, found.standard_error, found.standard_error):
                yield f"{excerpt(what)} is {_shown(said)} in its record, and {_shown(found)} over the planets"


def _mean(column: NDArray[np.float64]) -> EstimateRecord:
    """The mean over planets with its standard error; planets that were not scored are left out."""
    finite = column[np.isfinite(column)]
    with np.errstate(over="ignore", invalid="ignore"):
        value = float(finite.mean()) if len(finite) else math.nan
        error = float(finite.std(ddof=1)) / math.sqrt(len(finite)) if len(finite) > 1 else math.nan
    return EstimateRecord(value=_recordable(value), standard_error=_recordable(error))


def _recordable(number: float) -> float | None:
    return number if abs(number) <= LARGEST else None


def _shown(number: EstimateRecord) -> str:
    return " ± ".join("-" if one is None else f"{one:.6g}" for one in (number.value, number.standard_error))
