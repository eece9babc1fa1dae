"""The boards: one for each challenge fingerprint, its entries ranked by one number."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from harness.errors import HarnessError, nearest_match
from harness_leaderboard import numbers
from harness_leaderboard.entries import Entry, Scorer, all_scores, entries
from harness_leaderboard.labels import scorer_titles
from harness_leaderboard.pooling import Pooled
from harness_leaderboard.proofs.proofs import NO_PROOFS, Proofs
from harness_leaderboard.ranking import Rank, order, ranks

if TYPE_CHECKING:
    from harness.data.record import ChallengeRecord, RunRecord, ScoreRecord
    from harness_leaderboard.planet_scores import PlanetSource

SECONDS = ("fit", "sample")

Item = TypeVar("Item")


@dataclass(frozen=True)
class Key:
    """The number that a board is ranked by: a score, a part of one, or the seconds of a stage."""

    title: str
    higher_is_better: bool
    scorer: Scorer | None = None
    part: str | None = None

    def of(self, entry: Entry) -> Pooled:
        """The number of one entry, without a value where it has none."""
        if self.scorer is None:
            return entry.fit_seconds if self.title == "fit" else entry.sample_seconds
        score = entry.scores.get(self.scorer)
        if score is None:
            return Pooled()
        return score.whole if self.part is None else score.parts.get(self.part, Pooled())


@dataclass(frozen=True)
class Board:
    """The ranked entries of one challenge.

    Attributes:
        challenge: as the newest run recorded it.
        key: what it is ranked by, None where no run has a score.
        primary: what it is ranked by unless told otherwise.
        ranked: (rank, entry) from the best to the worst.
        unfinished: runs that failed or were interrupted, oldest first; they are never ranked.
        titles: what each scorer is called on this board, in the order in which the runs name them.
        intervals: the ranks that each entry may have, in the order of `ranked`; None where the planets of
            hardly any entry are known.
        resolution: a difference on the same planets that can just be told, None where planets are not known.
        planets: how many these are.
        rescored: of each entry in the order of `ranked` whether the scores of all its runs were recomputed
            from the kept predictions, and were those of the record.
    """

    challenge: ChallengeRecord
    key: Key | None
    primary: Key | None
    ranked: Sequence[tuple[Rank, Entry]]
    unfinished: Sequence[RunRecord]
    titles: dict[Scorer, str]
    intervals: Sequence[tuple[int, int] | None]
    resolution: float | None
    planets: int
    rescored: Sequence[bool]

    @property
    def indistinct(self) -> str:
        """Which differences of neighbours most often cannot be told, as a clause; empty where not known."""
        if not self.resolution:
            return ""
        least = numbers.values([Pooled(self.resolution, self.resolution / 2)])[0]
        return f"differences below {least} typically cannot be told on {self.planets:,} planets"


def boards(
    records: Iterable[RunRecord],
    challenge: str | None = None,
    sort: str | None = None,
    planets: PlanetSource | None = None,
    proofs: Proofs = NO_PROOFS,
) -> list[Board]:
    """One board per challenge fingerprint; the one that was run on last comes last.

    `challenge` keeps only one challenge: its name, its spec, or (the start of) its fingerprint. `sort`
    is "SCORER", "SCORER/PART", "fit" or "sample"; boards that have no such number are left out. By the
    scores of single `planets` ranks are far more certain than without. `proofs` are what was scored again
    from kept predictions.

    Raises:
        HarnessError: no run is of that challenge, no board has the number to sort by, or neither direction of
            it is better.
    """
    if sort is not None:
        _refuse_unranked(sort)
    in_order = sorted(records, key=lambda record: (record.started_at, record.run_id))
    groups: dict[str, list[RunRecord]] = {}
    for record in reversed(in_order):
        groups.setdefault(record.challenge.fingerprint, []).append(record)
    runs = [group[::-1] for group in reversed(groups.values())]
    if challenge is not None:
        runs = _of_challenge(runs, challenge)
    made = [_board(group, sort, planets, proofs) for group in runs]
    if sort is not None and made and not any(made):
        raise HarnessError(_nothing_to_sort_by(sort, _every_score(runs, proofs)))
    return [board for board in made if board is not None]


def _refuse_unranked(sort: str) -> None:
    """Refuse a part of a score that ranks nothing, as far as its scorer is installed and says so."""
    name, _, part = sort.partition("/")
    if not part:
        return
    from harness.registry.plugins import registry

    try:
        scorer = registry().get("scorer", name).load()
    except HarnessError:
        return
    if part.startswith(getattr(scorer, "unranked", ())):
        raise HarnessError(
            f"Nothing is better for more or for less of '{sort}', so no board is ranked by it; name the "
            f"score '{name}' itself."
        )


def of_challenge(runs: Sequence[RunRecord], wanted: str) -> list[RunRecord]:
    """Those of some runs that are of a challenge: its name, its spec, or (the start of) its fingerprint.

    Raises:
        HarnessError: there are runs, and none is of that challenge.
    """
    groups: dict[str, list[RunRecord]] = {}
    for run in runs:
        groups.setdefault(run.challenge.fingerprint, []).append(run)
    return [run for group in _of_challenge(list(groups.values()), wanted) for run in group]


def _of_challenge(runs: list[list[RunRecord]], wanted: str) -> list[list[RunRecord]]:
    def matches(challenge: ChallengeRecord) -> bool:
        return (
            wanted in (challenge.name, challenge.spec)
            or _absolute(wanted) == _absolute(challenge.spec)
            or (len(wanted) >= 4 and challenge.fingerprint.startswith(wanted))
        )

    found = [group for group in runs if any(matches(record.challenge) for record in group)]
    if runs and not found:
        known = list(dict.fromkeys(name for group in runs for name in _names(group[-1].challenge)))
        raise HarnessError(
            f"No run on the board is of the challenge '{wanted}'{nearest_match(wanted, known)}; there is: "
            + ", ".join(f"{group[-1].challenge.spec} ({group[-1].challenge.fingerprint})" for group in runs)
            + "."
        )
    return found


def _names(challenge: ChallengeRecord) -> tuple[str, str, str]:
    return challenge.name, challenge.spec, challenge.fingerprint


def _absolute(spec: str) -> str:
    name, colon, location = spec.partition(":")
    return f"{name}:{os.path.abspath(os.path.expanduser(location))}" if colon else name


def _board(
    runs: list[RunRecord], sort: str | None, planets: PlanetSource | None, proofs: Proofs
) -> Board | None:
    pooled = entries((run for run in runs if run.status == "finished"), proofs.added)
    scorers = list(dict.fromkeys(scorer for entry in pooled for scorer in entry.scores))
    titles = scorer_titles(scorers)
    key = _key(pooled, sort, titles)
    if sort is not None and key is None:
        return None
    values = [Pooled() if key is None else key.of(entry) for entry in pooled]
    direction = key is None or key.higher_is_better
    resampled = None
    if planets is not None and key is not None and key.scorer is not None and key.part is None:
        from harness_leaderboard.same_planets import resampled_entries

        resampled = resampled_entries(pooled, key.scorer, values, planets)
    places = ranks(values, direction, resampled)
    best_first = order(values, direction)
    intervals = [None] * len(pooled) if resampled is None else resampled.rank_intervals()
    return Board(
        challenge=runs[-1].challenge,
        key=key,
        primary=_key(pooled, None, titles),
        ranked=[(places[index], pooled[index]) for index in best_first],
        unfinished=[run for run in runs if run.status != "finished"],
        titles=titles,
        intervals=[intervals[index] for index in best_first],
        resolution=None if resampled is None else resampled.resolution(best_first),
        planets=0 if resampled is None else resampled.planets,
        rescored=[all(run.run_id in proofs.rescored for run in pooled[index].runs) for index in best_first],
    )


def _key(pooled: Sequence[Entry], sort: str | None, titles: dict[Scorer, str]) -> Key | None:
    """The number to rank by.

    Without `sort` it is the score that most runs name first, which is the primary scorer of the
    challenge unless somebody asked for others. Where one scorer has been run in several versions or
    with several options, the one that most entries have is meant: their numbers cannot be compared.
    Of equals, the newest.
    """
    if sort is not None and sort in SECONDS:
        return Key(sort, higher_is_better=False)
    if sort is None:
        runs = sorted((run for entry in pooled for run in entry.runs), key=lambda run: run.started_at)
        name, part = _most_frequent([run.scores[0].scorer.name for run in runs if run.scores]), None
    else:
        name, _, rest = sort.partition("/")
        part = rest or None
    candidates = [
        scorer
        for entry in sorted(pooled, key=lambda entry: entry.example.started_at)
        for scorer, score in entry.scores.items()
        if scorer.name == name and (part is None or part in score.parts)
    ]
    scorer = _most_frequent(candidates)
    if scorer is None:
        return None
    title = titles[scorer] if part is None else f"{titles[scorer]}/{part}"
    return Key(title, scorer.higher_is_better, scorer, part)


def _most_frequent(items: Sequence[Item]) -> Item | None:
    """The most frequent of some items, None of none; of equals, the one that comes last."""
    counts = Counter(items)
    return max(reversed(items), key=lambda item: counts[item], default=None)


def _every_score(groups: Sequence[Sequence[RunRecord]], proofs: Proofs) -> list[ScoreRecord]:
    return [score for group in groups for run in group for score in all_scores(run, proofs.added)]


def _nothing_to_sort_by(sort: str, scores: Sequence[ScoreRecord]) -> str:
    parts: dict[str, dict[str, None]] = {}
    for score in scores:
        parts.setdefault(score.scorer.name, {}).update(dict.fromkeys(score.parts))
    scorer, _, part = sort.partition("/")
    if part and scorer in parts:
        known = list(parts[scorer])
        return (
            f"The score '{scorer}' has no part '{part}'{nearest_match(part, known)}; "
            f"its parts are: {', '.join(known) or 'none'}."
        )
    known = [*parts, *SECONDS]
    return (
        f"No run on the board has '{sort}' to sort by{nearest_match(sort, known)}; "
        f"there is: {', '.join(known)}."
    )
