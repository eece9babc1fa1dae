"""What a snapshot shows, as plain tables that Markdown and HTML are made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.data.score_parts import group_of
from harness.untrusted.words import for_code, printable
from harness_leaderboard import numbers
from harness_leaderboard.board import Board
from harness_leaderboard.columns import RESCORED, interval_text, proof_texts, ranked_seeds
from harness_leaderboard.entries import Entry, PooledScore, Scorer
from harness_leaderboard.labels import entry_details
from harness_leaderboard.marks import marks
from harness_leaderboard.pooling import Pooled
from harness_leaderboard.snapshot.commands import without_place

NAME = "method"
PROOF = "proof"
LEFT = (NAME, "device", PROOF)  # columns of words
JOINT = "ddks"
CALIBRATION = ("coverage", "sbc", JOINT)  # scorers of whether a posterior promises what it keeps


@dataclass(frozen=True)
class Cell:
    """What stands in a table, and the number that it is sorted by, if it is one."""

    text: str
    value: float | None = None


@dataclass(frozen=True)
class Table:
    """A table with one row for each entry of a board, the first column naming it."""

    title: str
    explained: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def tables(board: Board) -> list[Table]:
    """The tables of a board: score, kinds of test planets, calibration, other scores."""
    made = [_scores(board), _partitions(board), _calibration(board), _others(board)]
    return [table for table in made if table is not None]


def names(board: Board) -> list[str]:
    """What each entry is called, different for each."""
    entries = [entry for _, entry in board.ranked]
    return [
        entry.example.estimator.name
        + (f" ({', '.join([*map(without_place, told), *own])})" if told + own else "")
        for entry, told, own in zip(entries, entry_details(entries), marks(board), strict=True)
    ]


def _scores(board: Board) -> Table:
    entries = [entry for _, entry in board.ranked]
    columns = {"#": [Cell(str(rank), rank.number) for rank, _ in board.ranked]}
    if board.resolution is not None:
        columns["95%"] = [
            Cell(interval_text(one), None if one is None else one[0]) for one in board.intervals
        ]
    columns[NAME] = _names(board)
    title, explained = "score", "No run has a score."
    leading = None if board.key is None else board.key.scorer
    if board.key is not None and leading is not None:
        title = board.key.title
        planets = [entry.scores[leading].n_planets for entry in entries if leading in entry.scores]
        direction = "higher" if leading.higher_is_better else "lower"
        explained = (
            f"Score `{for_code(title)}` over {max(planets):,} test planets, {direction} is better, with its "
            "parts: mean over seeds ± standard error (over planets and, where there are several seeds, "
            f"between seeds). {_told_apart(board)} Fit and sample in wall-clock time, mean over seeds."
        )
        columns[title] = _numbers([board.key.of(entry) for entry in entries])
        parts = _having(entries, leading, lambda score: score.parts)
        for part in parts:
            if group_of(part, parts) is None:
                columns[part] = _numbers([_of(entry, leading, "parts", part) for entry in entries])
    columns["seeds"] = [_seeds(ranked_seeds(board, entry)) for entry in entries]
    for stage, seconds in (
        ("fit", [entry.fit_seconds.value for entry in entries]),
        ("sample", [entry.sample_seconds.value for entry in entries]),
    ):
        columns[stage] = [Cell(numbers.seconds(value), value) for value in seconds]
    columns["device"] = [Cell(entry.example.device) for entry in entries]
    if any(board.rescored):
        columns[PROOF] = [Cell(text) for text in proof_texts(board)]
        explained += f" {RESCORED}: recomputed from the kept predictions of every run, and as recorded."
    return _table("Score", explained, columns)


def _told_apart(board: Board) -> str:
    if board.resolution is None:
        return "Equal ranks (=) differ by no more than the combined error."
    told = (
        "Ranks are told by the same planets: equal ones (=) cannot be told from each other; 95% is "
        "the interval of ranks that an entry may have, were other planets drawn (bootstrap) and other seeds."
    )
    return f"{told} {board.indistinct.capitalize()}." if board.indistinct else told


def _partitions(board: Board) -> Table | None:
    entries = [entry for _, entry in board.ranked]
    leading = None if board.key is None else board.key.scorer
    if leading is None or not (kinds := _having(entries, leading, lambda score: score.partitions)):
        return None
    columns = {NAME: _names(board)}
    for kind in kinds:
        columns[kind] = _numbers([_of(entry, leading, "partitions", kind) for entry in entries])
    explained = f"Score `{for_code(board.titles[leading])}` on each kind of test planets."
    return _table("Matched and shifted planets", explained, columns)


def _calibration(board: Board) -> Table | None:
    columns, told = {NAME: _names(board)}, []
    entries = [entry for _, entry in board.ranked]
    for scorer, title in board.titles.items():
        if scorer.name not in CALIBRATION:
            continue
        columns[title] = _numbers([_whole(entry, scorer) for entry in entries])
        parts = _having(entries, scorer, lambda score: score.parts)
        for part in parts:
            if group_of(part, parts) is None:
                name = part if part.startswith(scorer.name) else f"{title}: {part}"
                columns[name] = _numbers([_of(entry, scorer, "parts", part) for entry in entries])
        told.append(f"`{for_code(title)}`: {'higher' if scorer.higher_is_better else 'lower'} is better")
    if not told:
        return None
    joint = any(scorer.name == JOINT for scorer in board.titles)
    absent = "" if joint else f" The joint distance to the reference (`--scorer {JOINT}`) was not scored."
    explained = (
        "Whether posteriors keep what they promise: `coverage_68` and `coverage_95` are the fractions of "
        "planets whose parameters lie in the central 68% and 95% intervals, mean over parameters. "
        + "; ".join(told)
        + "."
        + absent
    )
    return _table("Calibration", explained, columns)


def _others(board: Board) -> Table | None:
    entries = [entry for _, entry in board.ranked]
    leading = None if board.key is None else board.key.scorer
    columns = {NAME: _names(board)}
    for scorer, title in board.titles.items():
        if scorer != leading and scorer.name not in CALIBRATION:
            arrow = "↑" if scorer.higher_is_better else "↓"
            columns[f"{title} {arrow}"] = _numbers([_whole(entry, scorer) for entry in entries])
    if len(columns) == 1:
        return None
    return _table("Other scores", "↑ higher is better, ↓ lower is better.", columns)


def _table(title: str, explained: str, columns: Mapping[str, Sequence[Cell]]) -> Table:
    return Table(title, explained, list(columns), list(zip(*columns.values(), strict=True)))


def _names(board: Board) -> list[Cell]:
    return [Cell(printable(name)) for name in names(board)]


def _seeds(seeds: Sequence[int]) -> Cell:
    """How many, and which: "3 (0, 1, 2)"."""
    return Cell(f"{len(seeds)} ({', '.join(map(str, seeds))})", len(seeds))


def _numbers(column: Sequence[Pooled]) -> list[Cell]:
    texts = numbers.values_with_errors(column)
    return [Cell(text, pooled.value) for text, pooled in zip(texts, column, strict=True)]


def _whole(entry: Entry, scorer: Scorer) -> Pooled:
    return entry.scores[scorer].whole if scorer in entry.scores else Pooled()


def _of(entry: Entry, scorer: Scorer, what: str, name: str) -> Pooled:
    """One of the "parts" or "partitions" of a score."""
    if scorer not in entry.scores:
        return Pooled()
    found: Mapping[str, Pooled] = getattr(entry.scores[scorer], what)
    return found.get(name, Pooled())


def _having(
    entries: Sequence[Entry], scorer: Scorer, names_of: Callable[[PooledScore], Mapping[str, Pooled]]
) -> list[str]:
    """All the names that some entry has, in recorded order."""
    scores = [entry.scores[scorer] for entry in entries if scorer in entry.scores]
    return list(dict.fromkeys(name for score in scores for name in names_of(score)))
