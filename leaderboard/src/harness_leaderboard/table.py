"""Boards as tables on a terminal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from harness.data.record import SPECTRUM
from harness.untrusted.words import printable, printable_lines
from harness_leaderboard import columns, numbers
from harness_leaderboard.board import Board
from harness_leaderboard.fixed_table import FixedTable, empty_table
from harness_leaderboard.labels import method_details, option_text
from harness_leaderboard.pooling import Pooled

if TYPE_CHECKING:
    from harness.data.record import ChallengeRecord, RunRecord

NARROW_DETAILS = 20  # characters; a longer word among the options is broken when room is scarce
WIDE_DETAILS = 36  # characters that make options pleasant to read
TIED = "within the combined standard error of each other"
TIED_ON_PLANETS = "cannot be told from each other on the same planets (95%)"
ROOM_FOR_START = 100  # characters; below, when a run started is told by its id alone


def board_table(
    board: Board,
    console: Console,
    *,
    runs: bool = False,
    failed: bool = False,
    made: Collection[str] = (),
) -> RenderableType:
    """One board: what it is about, the ranks, and what is not in them.

    `runs` adds the list of the ranked runs, `failed` that of the failed and interrupted ones. The entries
    that hold one of the runs `made` are marked.
    """
    parts: list[RenderableType] = [_heading(board, console.width)]
    hidden: Sequence[columns.Column] = []
    if board.ranked:
        ranks, hidden = _ranks(board, console.width, made)
        parts.append(ranks)
    parts += [Text(line, style="dim") for line in _footer(board, hidden, failed, made)]
    if runs and board.ranked:
        parts += [Text(), _runs(board, with_start=console.width >= ROOM_FOR_START)]
    if failed and board.unfinished:
        parts += [Text(), _failures(board.unfinished)]
    return Group(*parts)


def _heading(board: Board, width: int) -> RenderableType:
    title = Text(printable(board.challenge.spec), style="bold")
    facts = [f"fingerprint {board.challenge.fingerprint}", *asked(board.challenge)]
    if board.key is not None:
        direction = "higher" if board.key.higher_is_better else "lower"
        facts.append(f"ranked by {board.key.title}, {direction} is better")
    if board.challenge.doubt is not None:
        facts.append(board.challenge.doubt)
    lines = _joined([printable(fact) for fact in facts if fact], width)
    return Group(title, *(Text(line, style="dim") for line in lines))


def _joined(facts: Sequence[str], width: int) -> list[str]:
    """Facts side by side, on as many lines as it takes."""
    lines = [facts[0]]
    for fact in facts[1:]:
        longer = f"{lines[-1]} · {fact}"
        lines[-1:] = [longer] if len(longer) <= width else [lines[-1], fact]
    return lines


def asked(challenge: ChallengeRecord) -> list[str]:
    """What a board is about: how many planets, or of a measured spectrum the model, where not default."""
    if challenge.name != SPECTRUM:
        return [planets(challenge)]
    return ["one measured spectrum", *option_text(challenge.changed)]


def planets(challenge: ChallengeRecord) -> str:
    """How many planets are in each split: "planets: 13,500 train, 1,500 valid, 5,001 test"."""
    splits = ", ".join(f"{count:,} {split}" for split, count in challenge.planets.items())
    return f"planets: {splits}" if splits else ""


def _ranks(
    board: Board, width: int, made: Collection[str]
) -> tuple[RenderableType, Sequence[columns.Column]]:
    every = columns.columns(board, made)
    details = columns.details(board)
    longest_word = max((len(word) for text in details for word in text.split()), default=0)
    longest_line = max(len(text) for text in details)
    narrow = min(longest_word, NARROW_DETAILS)
    shown = columns.fitting(every, width, narrow, wide=min(longest_line, WIDE_DETAILS))
    estimator = next(column for column in shown if column.group == "estimator")
    others = sum(column.width + columns.GAP for column in shown if column is not estimator)
    room = max(estimator.width, min(longest_line, width - others))
    table = FixedTable()
    for column in shown:
        table.add_column(
            Text(printable_lines(column.header)),
            justify="right" if column.right else "left",
            vertical="top",
            no_wrap=column is not estimator,
            width=room if column is estimator else column.width,
            overflow="fold",
        )
    for row, (rank, _) in enumerate(board.ranked):
        style = "bold" if rank.number == 1 else ""
        cells: list[str | Text] = []
        for column in shown:
            text = printable(column.cells[row])
            if column is estimator and details[row]:
                cells.append(Text(text, style=style).append("\n" + details[row], style="not bold dim"))
            else:
                leads = style and column.group in ("rank", "estimator", "key")
                cells.append(Text(text, style=style) if leads else text)
        table.add_row(*cells)
    return table, [column for column in every if column not in shown]


def _footer(board: Board, hidden: Sequence[columns.Column], failed: bool, made: Collection[str]) -> list[str]:
    lines = []
    ranks = [rank for rank, _ in board.ranked]
    if any(columns.marked(board, made)):
        lines.append(f"{columns.MARK} made just now")
    if board.resolution is not None:
        line = "95%: the ranks that an entry may have, were other planets drawn"
        if any(len(entry.seeds) > 1 for _, entry in board.ranked):
            line += " and other seeds"
        lines.append("; ".join(filter(None, [line, board.indistinct])))
    if any(rank.tied for rank in ranks):
        lines.append(f"= tied: {TIED if board.resolution is None else TIED_ON_PLANETS}")
    if board.key is not None and any(rank.number is None for rank in ranks):
        lines.append(f"- not ranked: has no value of {board.key.title}")
    if any(board.rescored) and not any(column.group == "proof" for column in hidden):
        lines.append(f"{columns.RESCORED}: scores recomputed from the kept predictions, and as recorded")
    alike = [
        column for column in hidden if column.group in ("seeds", "device") and len(set(column.cells)) == 1
    ]
    if alike:
        lines.append("everywhere: " + ", ".join(f"{column.name} {column.cells[0]}" for column in alike))
    missing = _names([column for column in hidden if column not in alike])
    if missing:
        lines.append("no room for: " + ", ".join(missing) + " (a wider terminal, --json and --csv have them)")
    if not board.ranked:
        lines.append("No run has finished.")
    counts = [
        f"{sum(run.status == status for run in board.unfinished)} {status}"
        for status in ("failed", "interrupted")
    ]
    told = [count for count in counts if not count.startswith("0 ")]
    if told:
        listed = "" if failed else " (--failed lists them)"
        lines.append(
            f"not ranked: {' and '.join(told)} {'run' if len(board.unfinished) == 1 else 'runs'}{listed}"
        )
    return [printable(line) for line in lines]


def _names(hidden: Sequence[columns.Column]) -> list[str]:
    """The names of columns, the many parts of a part as one: "posterior/... (7)"."""
    parents = [column.header.partition("/\n")[0] for column in hidden if column.group == "parts of parts"]
    single = [column.name for column in hidden if column.group != "parts of parts"]
    return single + [f"{parent}/... ({parents.count(parent)})" for parent in dict.fromkeys(parents)]


def _runs(board: Board, with_start: bool) -> Table:
    table = empty_table()
    table.add_column("run", no_wrap=True)
    table.add_column("estimator", overflow="fold")
    table.add_column("seed", justify="right")
    table.add_column(Text("score" if board.key is None else board.key.title), justify="right", no_wrap=True)
    if with_start:
        table.add_column("started")
    alone = [(run, entry.of_one(run)) for _, entry in board.ranked for run in entry.runs]
    runs = [run for run, _ in alone]
    scores = [Pooled() if board.key is None else board.key.of(one) for _, one in alone]
    for run, score in zip(runs, numbers.values_with_errors(scores), strict=True):
        start = [_when(run)] if with_start else []
        table.add_row(_name(run), _method(run), str(run.seed), score, *start)
    return table


def _failures(runs: Sequence[RunRecord]) -> Table:
    table = empty_table()
    table.add_column("run", no_wrap=True)
    table.add_column("estimator", overflow="fold")
    table.add_column("seed", justify="right")
    table.add_column("status", no_wrap=True)
    table.add_column("reason", overflow="fold")
    for run in runs:
        status = Text(run.status, style="red" if run.status == "failed" else "yellow")
        table.add_row(_name(run), _method(run), str(run.seed), status, Text(printable(run.error or "")))
    return table


def _name(run: RunRecord) -> Text:
    name = Text(printable(run.run_id))
    if run.label:
        name.append(f"\n{printable(run.label)}", style="dim")
    return name


def _method(run: RunRecord) -> Text:
    method = Text(printable(run.estimator.name))
    details = ", ".join(method_details(run))
    if details:
        method.append(f"\n{printable(details)}", style="dim")
    return method


def _when(run: RunRecord) -> str:
    """The start to the minute, as in "2026-01-31 14:05"."""
    return printable(run.started_at[:16].replace("T", " "))
