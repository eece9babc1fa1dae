"""From runs to entries: runs that are equal in everything but the seed are one entry."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from harness_leaderboard.pooling import Pooled, pool

if TYPE_CHECKING:
    from harness.data.record import ComponentRecord, EstimateRecord, RunRecord, ScoreRecord


MOST_KNOWN = 10_000  # texts of options, and scorers, that are kept in mind
NOTHING_ADDED: Mapping[str, Sequence[ScoreRecord]] = {}

_canonical = json.JSONEncoder(sort_keys=True).encode


@dataclass(frozen=True)
class Scorer:
    """What a score must share with another to be compared with it."""

    name: str
    distribution: str
    version: str
    options: str  # as JSON, with sorted keys
    higher_is_better: bool

    @classmethod
    def of(cls, score: ScoreRecord) -> Scorer:
        scorer = score.scorer
        options = _in_order(scorer.options)
        return _scorer(scorer.name, scorer.distribution, scorer.version, options, score.higher_is_better)


_scorer = lru_cache(maxsize=MOST_KNOWN)(Scorer)  # one object for the same in thousands of runs
_known_options: dict[str, str] = {}


def _in_order(options: Mapping[str, Any]) -> str:
    """Options as JSON with sorted names; what was asked before, as of most runs, is looked up."""
    if not options:
        return "{}"
    text = repr(options)
    if text not in _known_options:
        if len(_known_options) >= MOST_KNOWN:
            _known_options.clear()
        _known_options[text] = _canonical(options)
    return _known_options[text]


class PooledParts(Mapping[str, Pooled]):
    """Numbers of several seeds by name, each pooled when it is asked for: a table shows few of them.

    Arguments:
        of_seeds: the numbers of each seed by name; one that a seed has not is missing there.
    """

    def __init__(self, of_seeds: Sequence[Mapping[str, EstimateRecord]]) -> None:
        self._of_seeds = of_seeds

    @cached_property
    def _names(self) -> Mapping[str, None]:
        return dict.fromkeys(name for of_seed in self._of_seeds for name in of_seed)

    def __getitem__(self, name: str) -> Pooled:
        if name not in self._names:
            raise KeyError(name)
        return _pool_estimates([of_seed.get(name) for of_seed in self._of_seeds])

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class PooledScore:
    """One scorer's score over the seeds of an entry, with its parts, and on each kind of test planets.

    Arguments:
        of_seed: the score of each seed.
    """

    def __init__(self, of_seed: Mapping[int, ScoreRecord]) -> None:
        self._scores = list(of_seed.values())
        self.seeds = tuple(sorted(of_seed))

    @cached_property
    def whole(self) -> Pooled:
        return _pool_estimates(self._scores)

    @cached_property
    def parts(self) -> Mapping[str, Pooled]:
        return PooledParts([score.parts for score in self._scores])

    @cached_property
    def partitions(self) -> Mapping[str, Pooled]:
        return PooledParts([score.partitions for score in self._scores])

    @property
    def n_planets(self) -> int:
        return min(score.n_planets for score in self._scores)


@dataclass(frozen=True)
class Entry:
    """Finished runs of one method on one challenge that differ in nothing but the seed, oldest first.

    Attributes:
        runs: as they were recorded.
        scores: over their seeds, those that were added from kept predictions among them.
        fit_seconds, sample_seconds: over their seeds.
        added: scores by run that it was not recorded with.
        having: of each scorer the newest run of each seed that has its score.
    """

    runs: tuple[RunRecord, ...]
    scores: Mapping[Scorer, PooledScore]
    fit_seconds: Pooled
    sample_seconds: Pooled
    added: Mapping[str, Sequence[ScoreRecord]]
    having: Mapping[Scorer, Mapping[int, RunRecord]]

    @classmethod
    def of(
        cls, runs: Iterable[RunRecord], added: Mapping[str, Sequence[ScoreRecord]] = NOTHING_ADDED
    ) -> Entry:
        """Pool runs; of several with the same seed the newest that has the number in question counts."""
        in_order = tuple(sorted(runs, key=lambda run: (run.started_at, run.run_id)))
        by_scorer: dict[Scorer, dict[int, tuple[RunRecord, ScoreRecord]]] = {}
        for run in in_order:
            for score in all_scores(run, added):
                by_scorer.setdefault(Scorer.of(score), {})[run.seed] = run, score
        newest = {run.seed: run for run in in_order}.values()
        return cls(
            runs=in_order,
            scores={
                scorer: PooledScore({seed: score for seed, (_, score) in of_seed.items()})
                for scorer, of_seed in by_scorer.items()
            },
            fit_seconds=_pool_seconds([run.seconds.fit for run in newest]),
            sample_seconds=_pool_seconds([run.seconds.sample for run in newest]),
            added=added,
            having={
                scorer: {seed: run for seed, (run, _) in of_seed.items()}
                for scorer, of_seed in by_scorer.items()
            },
        )

    def of_one(self, run: RunRecord) -> Entry:
        """The entry that one of its runs would be alone."""
        return Entry.of([run], self.added)

    @property
    def example(self) -> RunRecord:
        """The newest run, to read from it what all have in common."""
        return self.runs[-1]

    def newest(self, scorer: Scorer) -> list[RunRecord]:
        """Of each seed the newest run that has this score, in the order of the seeds."""
        return [run for _, run in sorted(self.having.get(scorer, {}).items())]

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(sorted({run.seed for run in self.runs}))


def entries(
    runs: Iterable[RunRecord], added: Mapping[str, Sequence[ScoreRecord]] = NOTHING_ADDED
) -> list[Entry]:
    """The entries that finished runs make up, in the order of their first runs.

    Arguments:
        runs: as they were recorded.
        added: scores by run, which were added from kept predictions; they part no entry.
    """
    groups: dict[Hashable, list[RunRecord]] = {}
    for run in sorted(runs, key=lambda run: (run.started_at, run.run_id)):
        groups.setdefault(configuration(run), []).append(run)
    return [Entry.of(group, added) for group in groups.values()]


def all_scores(run: RunRecord, added: Mapping[str, Sequence[ScoreRecord]]) -> list[ScoreRecord]:
    """The scores of a run: those that it was recorded with, then those that were added to it."""
    if run.run_id not in added:
        return run.scores
    recorded = {Scorer.of(score) for score in run.scores}
    return [*run.scores, *(score for score in added[run.run_id] if Scorer.of(score) not in recorded)]


def configuration(run: RunRecord) -> Hashable:
    """Everything that runs must share to be pooled: all that decides the result but the seed.

    That is the challenge's content, every component with its version and all its options, the scorers
    among them, the number of samples, the time budget, the device, the versions of the libraries, and the
    revision of the code. So one command makes the whole of an entry. Files that were handed in are of one
    entry where one person handed them in under one name, with a seed for each.
    """
    if run.submission is not None:
        return "submission", run.challenge.fingerprint, run.estimator.name, run.submission.by
    return (
        run.challenge.fingerprint,
        _component(run.preprocessor),
        _component(run.embedder),
        _component(run.estimator),
        tuple(sorted(_decisive(Scorer.of(score)) for score in run.scores)),
        run.n_samples,
        run.time_budget,
        run.device,
        tuple(sorted(run.versions.items())),
        run.git_revision,
    )


def _decisive(scorer: Scorer) -> tuple[str, str, str, str]:
    return scorer.name, scorer.distribution, scorer.version, scorer.options


def _component(component: ComponentRecord | None) -> Hashable:
    if component is None:
        return None
    options = _in_order(component.options)
    return component.kind, component.name, component.distribution, component.version, options


def _pool_estimates(estimates: Sequence[EstimateRecord | ScoreRecord | None]) -> Pooled:
    return pool(
        [None if estimate is None else estimate.value for estimate in estimates],
        [None if estimate is None else estimate.standard_error for estimate in estimates],
    )


def _pool_seconds(seconds: Sequence[float | None]) -> Pooled:
    return pool(seconds, [None] * len(seconds))
