"""Which columns a board shows, and which of them a terminal of a given width has room for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from harness.data.score_parts import group_of
from harness.untrusted.words import printable, printable_lines
from harness_leaderboard import numbers
from harness_leaderboard.board import Board
from harness_leaderboard.entries import Entry, Scorer
from harness_leaderboard.labels import entry_details
from harness_leaderboard.marks import marks
from harness_leaderboard.pooling import Pooled

GAP = 2  # blanks between two columns
RESCORED = "rescored"
MARK = ">"  # before the rank of an entry that is pointed at
PLACES = {"rank": 0, "ranks": 1, "estimator": 2, "key": 3}  # of groups of columns, before all others
IMPORTANT = 5  # up to here columns come before a comfortable width of the options


@dataclass(frozen=True)
class Column:
    """A column of text.

    Attributes:
        header: may have several lines.
        write: what writes the cells, when they are asked for: most columns find no room.
        group: columns of one group belong together.
        importance: the lower, the longer it stays when the terminal gets narrow; 0 stays always.
    """

    header: str
    write: Callable[[], Sequence[str]]
    group: str
    importance: int
    right: bool = True

    @cached_property
    def cells(self) -> Sequence[str]:
        return self.write()

    @property
    def name(self) -> str:
        return self.header.replace("\n", "")

    @property
    def least_width(self) -> int:
        """Of the header, which can be told without the cells."""
        return _widest([self.header])

    @cached_property
    def width(self) -> int:
        return max(self.least_width, _widest(self.cells))


def _widest(texts: Sequence[str]) -> int:
    return max((len(line) for text in texts for line in text.split("\n")), default=0)


def marked(board: Board, made: Collection[str]) -> list[bool]:
    """For each entry whether it holds one of the runs `made`; no entry where all of them do."""
    marks = [any(run.run_id in made for run in entry.runs) for _, entry in board.ranked]
    return [False] * len(marks) if all(marks) else marks


def columns(board: Board, made: Collection[str] = ()) -> list[Column]:
    """Every column that a board could show, from left to right; the ranks of the runs `made` are marked.

    When room gets scarce what goes first is: the parts of parts ("posterior/log_H2O"), the other
    scorers, the device, the seeds, the seconds, and last the parts of the score.
    """
    entries = [entry for _, entry in board.ranked]
    table = [
        Column("#", lambda: _places(board, made), "rank", 0),
        Column(
            "estimator", lambda: [entry.example.estimator.name for entry in entries], "estimator", 0, False
        ),
    ]
    if any(interval is not None for interval in board.intervals):
        table.append(Column("95%", lambda: [interval_text(one) for one in board.intervals], "ranks", 1))
    key = board.key
    if key is not None and key.scorer is not None:
        table.append(_numbers(key.title, lambda: [key.of(entry) for entry in entries], "key", 0, True))
    table += _score_columns(board, entries)
    table += [
        _seconds(board, "fit", lambda: [entry.fit_seconds for entry in entries], 2),
        _seconds(board, "sample", lambda: [entry.sample_seconds for entry in entries], 3),
        Column("seeds", lambda: [str(len(ranked_seeds(board, entry))) for entry in entries], "seeds", 4),
        *_proof(board),
        Column("device", lambda: [printable(entry.example.device) for entry in entries], "device", 5, False),
    ]
    # what the board is ranked by comes right after the estimator
    return sorted(table, key=lambda column: PLACES.get(column.group, len(PLACES)))


def _places(board: Board, made: Collection[str]) -> list[str]:
    marks = [f"{MARK} " if mark else "" for mark in marked(board, made)]
    return [f"{mark}{rank}" for mark, (rank, _) in zip(marks, board.ranked, strict=True)]


def _proof(board: Board) -> list[Column]:
    """The mark of entries whose scores were recomputed from the kept predictions, where there are any."""
    if not any(board.rescored):
        return []
    return [Column("proof", lambda: proof_texts(board), "proof", 3, right=False)]


def proof_texts(board: Board) -> list[str]:
    """For each entry "rescored" where that was done and its scores hold."""
    return [RESCORED if rescored else numbers.NONE for rescored in board.rescored]


def interval_text(interval: tuple[int, int] | None) -> str:
    """The ranks that an entry may have: "2-4", or "2"."""
    if interval is None:
        return numbers.NONE
    return str(interval[0]) if interval[0] == interval[1] else f"{interval[0]}-{interval[1]}"


def _seconds(board: Board, stage: str, column: Callable[[], Sequence[Pooled]], importance: int) -> Column:
    is_key = board.key is not None and board.key.scorer is None and board.key.title == stage
    return Column(
        stage,
        lambda: [numbers.seconds(pooled.value) for pooled in column()],
        "key" if is_key else stage,
        0 if is_key else importance,
    )


def details(board: Board) -> list[str]:
    """For each entry the line below its estimator's name; empty where there is nothing to say."""
    every = entry_details([entry for _, entry in board.ranked])
    return [printable(", ".join(told + own)) for told, own in zip(every, marks(board), strict=True)]


def ranked_seeds(board: Board, entry: Entry) -> Sequence[int]:
    """The seeds that the number of a board is the mean of."""
    scorer = board.key.scorer if board.key is not None else None
    score = entry.scores.get(scorer) if scorer is not None else None
    return entry.seeds if score is None else score.seeds


def _score_columns(board: Board, entries: Sequence[Entry]) -> list[Column]:
    """The parts of the score that ranks, then the other scorers."""
    by_score = board.key is not None and board.key.scorer is not None
    key = board.key if by_score else board.primary
    if key is None or key.scorer is None:
        return []
    leading = key.scorer
    shown = []
    if key is not board.key or key.part is not None:
        shown.append(_whole(board, leading, entries, importance=1, with_errors=not by_score))
    names = dict.fromkeys(
        name for entry in entries if leading in entry.scores for name in entry.scores[leading].parts
    )
    for name in names:
        if name != key.part:
            column = partial(_parts, entries, leading, name)
            group = group_of(name, names)
            if group is None:
                shown.append(_numbers(name, column, "parts", 1))
            else:
                title = f"{group}/\n{name[len(group) + 1 :]}"
                shown.append(_numbers(title, column, "parts of parts", 100))
    others = [scorer for scorer in board.titles if scorer != leading]
    return shown + [_whole(board, scorer, entries, 6 + position) for position, scorer in enumerate(others)]


def _whole(
    board: Board, scorer: Scorer, entries: Sequence[Entry], importance: int, with_errors: bool = False
) -> Column:
    def pooled() -> list[Pooled]:
        return [entry.scores[scorer].whole if scorer in entry.scores else Pooled() for entry in entries]

    title = board.titles[scorer]
    return _numbers(title, pooled, f"scorer {title}", importance, with_errors)


def _parts(entries: Sequence[Entry], scorer: Scorer, name: str) -> list[Pooled]:
    scores = [entry.scores.get(scorer) for entry in entries]
    return [Pooled() if score is None else score.parts.get(name, Pooled()) for score in scores]


def _numbers(
    header: str,
    column: Callable[[], Sequence[Pooled]],
    group: str,
    importance: int,
    with_errors: bool = False,
) -> Column:
    write = numbers.values_with_errors if with_errors else numbers.values
    return Column(printable_lines(header), lambda: write(column()), group, importance)


def fitting(table: Sequence[Column], room: int, narrow: int, wide: int) -> list[Column]:
    """The columns that fit in `room` characters, from left to right.

    Groups are taken whole, the most important first; single parts of the score fill what is left. The
    lines below the estimators' names need `narrow` characters at least; before the less important
    columns come in, they get the `wide` that they would like to have.
    """

    def fits(indices: set[int]) -> bool:
        comfortable = any(table[index].importance > IMPORTANT for index in indices)
        words = wide if comfortable else narrow

        def total(width: Callable[[Column], int]) -> int:
            widths = [
                max(width(table[index]), words) if table[index].group == "estimator" else width(table[index])
                for index in indices
            ]
            return sum(widths) + GAP * (len(widths) - 1)

        # most columns are too many by their headers alone, and their cells need not be written
        return total(lambda column: column.least_width) <= room and total(lambda column: column.width) <= room

    chosen = {index for index, column in enumerate(table) if column.importance == 0}
    by_importance = sorted(range(len(table)), key=lambda index: table[index].importance)
    groups = dict.fromkeys(table[index].group for index in by_importance)
    candidates = [{index for index in by_importance if table[index].group == group} for group in groups]
    singles = [{index} for index in by_importance if table[index].group == "parts"]
    for candidate in candidates + singles:
        if fits(chosen | candidate):
            chosen |= candidate
    return [table[index] for index in sorted(chosen)]
