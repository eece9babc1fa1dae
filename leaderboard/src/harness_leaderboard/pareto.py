"""Score against cost: which entries no other beats in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from harness.untrusted.words import printable
from harness_leaderboard import numbers
from harness_leaderboard.board import Board
from harness_leaderboard.entries import Entry
from harness_leaderboard.fixed_table import empty_table
from harness_leaderboard.labels import method_details
from harness_leaderboard.pooling import Pooled
from harness_leaderboard.snapshot.commands import kind_of_device

COST = "fit + sample"


@dataclass(frozen=True)
class Placed:
    """An entry by score and cost.

    Attributes:
        entry: the entry.
        place: on the board, counted from 0.
        score: what the board is ranked by.
        seconds: of fit and sampling together, mean over seeds; None where they were not measured.
        beaten_by: the place of the best entry that is at least as good for no more, and better in one of
            the two; None on the front. One without a score or a cost is on no front.
    """

    entry: Entry
    place: int
    score: Pooled
    seconds: float | None
    beaten_by: int | None

    @property
    def on_front(self) -> bool:
        return self.beaten_by is None and self.score.value is not None and self.seconds is not None


def placed(board: Board) -> list[Placed]:
    """Every entry of a board, the cheapest first, those without a cost last."""
    entries = [entry for _, entry in board.ranked]
    scores = [Pooled() if board.key is None else board.key.of(entry) for entry in entries]
    costs = [cost(entry) for entry in entries]
    sign = 1 if board.key is None or board.key.higher_is_better else -1
    found = [
        Placed(entry, place, scores[place], costs[place], _beaten_by(place, scores, costs, sign))
        for place, entry in enumerate(entries)
    ]
    return sorted(found, key=lambda one: (one.seconds is None, one.seconds or 0.0, one.place))


def cost(entry: Entry) -> float | None:
    """Seconds that an entry takes to fit and to sample, None where they were not measured."""
    fit, sample = entry.fit_seconds.value, entry.sample_seconds.value
    return None if fit is None or sample is None else fit + sample


def _beaten_by(place: int, scores: Sequence[Pooled], costs: Sequence[float | None], sign: int) -> int | None:
    score, seconds = scores[place].value, costs[place]
    if score is None or seconds is None:
        return None
    for other in range(len(scores)):  # from the best of the board down
        value, price = scores[other].value, costs[other]
        if other == place or value is None or price is None:
            continue
        gain, saved = sign * (value - score), seconds - price
        if gain >= 0 and saved >= 0 and (gain > 0 or saved > 0):
            return other
    return None


def pareto_value(board: Board) -> list[dict[str, Any]]:
    """As JSON values, the cheapest first."""
    runs = [[run.run_id for run in entry.runs] for _, entry in board.ranked]
    return [
        {
            "estimator": one.entry.example.estimator.name,
            "options": one.entry.example.estimator.changed,
            "rank": board.ranked[one.place][0].number,
            "score": one.score.value,
            "standard_error": one.score.standard_error,
            "fit_and_sample_seconds": one.seconds,
            "device": one.entry.example.device,
            "on_front": one.on_front,
            "beaten_by_runs": None if one.beaten_by is None else runs[one.beaten_by],
            "runs": runs[one.place],
        }
        for one in placed(board)
    ]


def pareto_table(board: Board) -> RenderableType:
    """For a terminal: the front first to last in cost, and beside every other entry what beats it."""
    found = placed(board)
    title = "score" if board.key is None else board.key.title
    table = empty_table()
    for header in ("front", "#"):
        table.add_column(header, no_wrap=True)
    table.add_column("estimator", overflow="fold")
    table.add_column(Text(printable(title)), justify="right", no_wrap=True)
    table.add_column(COST, justify="right", no_wrap=True)
    table.add_column("beaten by", overflow="fold")
    names = _names(board)
    texts = numbers.values_with_errors([one.score for one in found])
    for one, text in zip(found, texts, strict=True):
        beaten = "" if one.beaten_by is None else names[one.beaten_by]
        cells = ("*" if one.on_front else "", str(board.ranked[one.place][0]), names[one.place], text)
        row = (*cells, numbers.seconds(one.seconds), beaten)
        table.add_row(*(Text(printable(cell), style="bold" if one.on_front else "") for cell in row))
    heading = Text(printable(f"{board.challenge.spec}: {title} against {COST} seconds"), style="bold")
    return Group(heading, table, *(Text(line, style="dim") for line in _footer(found)))


def _names(board: Board) -> Mapping[int, str]:
    """Each entry with what tells it apart."""
    names = {}
    for place, (_, entry) in enumerate(board.ranked):
        told = ", ".join(method_details(entry.example))
        names[place] = entry.example.estimator.name + (f" ({told})" if told else "")
    return names


def _footer(found: Sequence[Placed]) -> list[str]:
    lines = ["* no other entry is at least as good for no more"]
    kinds = {kind_of_device(one.entry.example.device) for one in found if one.seconds is not None}
    if len(kinds) > 1:
        lines.append(f"seconds on {' and '.join(sorted(kinds))} are not comparable")
    if any(one.seconds is None for one in found):
        lines.append("- not measured: on no front")
    return [printable(line) for line in lines]
