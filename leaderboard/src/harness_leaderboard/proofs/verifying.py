"""The scores of a record against what its kept predictions score."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.components import Challenge, Scorer
from harness.data.posterior import Posterior
from harness.data.record import RunRecord, ScoreRecord
from harness.errors import HarnessError
from harness.runs.assembly import Choice
from harness.runs.home import PER_PLANET, RECORD, SCHEMA
from harness.runs.score_table import ScoreTable
from harness.runs.scoring import applicable_scorers, score_all
from harness_leaderboard.entries import configuration
from harness_leaderboard.planet_scores import PlanetScores
from harness_leaderboard.proofs.agreement import differences, planets_apart
from harness_leaderboard.proofs.checks import DIFFERS, HOLDS, NOT_CHECKED, Outcome
from harness_leaderboard.proofs.facts import facts_apart
from harness_leaderboard.proofs.kept import Kept, NotKept


@dataclass(frozen=True)
class Verified:
    """What became of one run.

    Attributes:
        run: the run.
        outcome: whether what its record says holds.
        told: where it differs, or why it could not be checked; in clauses.
        notes: what is worth knowing though it holds; in clauses.
        samples: digest of the kept samples; empty where they were not read.
    """

    run: RunRecord
    outcome: Outcome
    told: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    samples: str = ""


def verify(record: RunRecord, kept: Kept, planets: PlanetScores | None) -> Verified:
    """Score the kept predictions of a finished run again, and compare with what its record says.

    Arguments:
        record: of the run.
        kept: its predictions and its challenge.
        planets: the scores of single planets that are ranked by, None where they are not known.
    """
    try:
        folder = kept.folder(record)
    except HarnessError as error:  # what is here and cannot be read differs: damage is no way around a check
        return _told(record, NOT_CHECKED if isinstance(error, NotKept) else DIFFERS, error)
    try:
        challenge = kept.challenge(record)
    except HarnessError as error:
        return _told(record, NOT_CHECKED, error)
    try:
        prediction = kept.prediction(record)
    except HarnessError as error:
        return _told(record, DIFFERS, error)
    samples = hashlib.sha256(prediction.samples.cpu().contiguous().numpy().data).hexdigest()
    if not record.scores:
        return Verified(record, NOT_CHECKED, ("it was recorded without scores",))
    differing = [*facts_apart(record, folder, prediction, challenge), *_in_folder(record, folder)]
    parts = _parts(folder)
    unchecked = list(_missing(folder, planets))
    notes: list[str] = []
    for recorded in record.scores:
        try:
            differing += _check(recorded, prediction, challenge, planets, parts, notes)
        except HarnessError as error:
            unchecked.append(f"'{recorded.scorer.name}' could not be computed: {str(error).rstrip('.')}")
    if differing:
        return Verified(record, DIFFERS, tuple(differing), tuple(notes + unchecked), samples)
    if unchecked:
        return Verified(record, NOT_CHECKED, tuple(unchecked), tuple(notes), samples)
    return Verified(record, HOLDS, (), tuple(notes), samples)


def with_repetitions_told(found: Sequence[Verified]) -> list[Verified]:
    """The same, with a note where runs of one entry have the same samples though their seeds differ.

    Seeds make an entry's error smaller, and those of one answer say nothing new: a method may draw
    nothing at random, or a run may have been copied.
    """
    first: dict[Hashable, Verified] = {}
    told = []
    for one in found:
        original = first.setdefault((configuration(one.run), one.samples), one) if one.samples else one
        if original.run.seed != one.run.seed:
            note = f"its samples are those of {original.run.run_id}, of another seed"
            told.append(replace(one, notes=(*one.notes, note)))
        else:
            told.append(one)
    return told


def _told(record: RunRecord, outcome: Outcome, error: HarnessError) -> Verified:
    return Verified(record, outcome, (str(error).rstrip("."),))


def _missing(folder: Path, planets: PlanetScores | None) -> Iterator[str]:
    """What every run keeps and is not there: to take a file away is no way around its check."""
    if planets is None:
        yield f"the scores of single planets, by which entries are told apart, are not kept ({PER_PLANET})"
    if not (folder / SCHEMA).exists():
        yield f"there is no {SCHEMA} in its folder"


def _in_folder(record: RunRecord, folder: Path) -> list[str]:
    """Where the files beside the predictions are not what the board has."""
    found = []
    if RunRecord.read(folder / RECORD) != record:
        found.append(f"the {RECORD} in its folder is not the record on the board")
    if (folder / PER_PLANET).exists():
        try:
            PlanetScores.read(folder)
        except HarnessError as error:
            found.append(str(error).rstrip("."))
    return found


def _check(
    recorded: ScoreRecord,
    prediction: Posterior,
    challenge: Challenge,
    planets: PlanetScores | None,
    parts: Mapping[str, NDArray[np.float64]],
    notes: list[str],
) -> list[str]:
    """Where one score differs."""
    scorer = recorded.scorer
    choice: Choice[Scorer] = Choice.of("scorer", scorer.name, scorer.options)
    applicable_scorers(challenge, challenge.test, [choice], required=True)
    [(again, score)] = score_all([choice], prediction, challenge.test, challenge)
    now, then = again.scorer, recorded.scorer
    if (now.distribution, now.version) != (then.distribution, then.version):
        notes.append(
            f"'{now.name}' was that of {then.distribution} {then.version}, "
            f"and is that of {now.distribution} {now.version}"
        )
    found = list(differences(recorded, again))
    if planets is not None:
        of_planet = score.per_planet.double().cpu().numpy()
        found += _of_planets(scorer.name, planets, challenge, of_planet)
    for name, column in score.columns.items():
        told = parts.get(f"{scorer.name}/{name}")
        again_of_planet = column.double().cpu().numpy()
        if told is not None and (len(told) != len(column) or len(planets_apart(told, again_of_planet))):
            found.append(f"{scorer.name}/{name}: planets have other scores in the table")
    return found


def _parts(folder: Path) -> dict[str, NDArray[np.float64]]:
    """What the table in a run's folder says of parts of scores; nothing where it cannot be read."""
    with suppress(HarnessError):
        return {name: np.array(column) for name, column in ScoreTable.read(folder).parts.items()}
    return {}


def _of_planets(
    name: str, planets: PlanetScores, challenge: Challenge, again: NDArray[np.float64]
) -> list[str]:
    """Where the scores of single planets, by which entries are told apart, differ."""
    names = tuple(map(str, challenge.test.observations.names.tolist()))
    kinds = None if challenge.test.partition is None else tuple(map(str, challenge.test.partition.tolist()))
    if planets.planets.names != names:
        return [f"{name}: the table of planets is not of the test planets"]
    if name not in planets.values:
        return [f"{name}: the table of planets does not have it"]
    if kinds is not None and any(planets.planets.kinds) and planets.planets.kinds != kinds:
        return [f"{name}: the table of planets has them of other kinds"]
    apart = planets_apart(planets.values[name], again)
    if not len(apart):
        return []
    return [
        f"{name}: {len(apart):,} planets have another score in the table, {names[int(apart[0])]} the first"
    ]


def count(found: list[Verified]) -> Mapping[Outcome, int]:
    """How many runs there are of each outcome."""
    outcomes: tuple[Outcome, ...] = (HOLDS, DIFFERS, NOT_CHECKED)
    return {outcome: sum(one.outcome == outcome for one in found) for outcome in outcomes}
