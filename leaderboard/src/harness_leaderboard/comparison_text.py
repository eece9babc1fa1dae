"""What `harness leaderboard compare` says of two entries: tables on a terminal, and values for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from harness.untrusted.words import printable
from harness_leaderboard import numbers
from harness_leaderboard.board import Board
from harness_leaderboard.entries import Entry, Scorer
from harness_leaderboard.fixed_table import empty_table
from harness_leaderboard.pooling import Pooled

if TYPE_CHECKING:
    from harness_leaderboard.paired import Comparison, Difference


def comparison_lines(
    found: Comparison, board: Board, entries: Sequence[Entry], scorer: Scorer, names: tuple[str, str]
) -> list[Any]:
    """What is printed, from top to bottom."""
    direction = "higher" if scorer.higher_is_better else "lower"
    lines: list[Any] = [
        Text(printable(f"{board.challenge.spec} · {scorer.name}, {direction} is better"), style="bold")
    ]
    for letter, name, entry in zip("AB", names, entries, strict=True):
        seeds = ", ".join(map(str, entry.scores[scorer].seeds))
        lines.append(Text(printable(f"{letter}  {name}, seeds {seeds}")))
    lines += ["", _table_of("planets", dict(found.kinds) or {"all": found.whole}, found.ranking), ""]
    if found.parts:
        lines += [_table_of("part of the score", found.parts, None), ""]
    elif parts := _parts(entries, scorer):
        lines += [_parts_table(parts), Text("their errors are those of two scores apart", style="dim"), ""]
    for letter, planets in zip("AB", found.deciding(), strict=True):
        told = ", ".join(
            f"{found.planets[one]} {found.first[one] - found.second[one]:+,.4g}" for one in planets
        )
        lines.append(Text(printable(f"planets that speak most for {letter}: {told or 'none'}")))
    if any(len(entry.scores[scorer].seeds) == 1 for entry in entries):
        lines.append(Text("one seed alone says nothing of its scatter, which the error lacks", style="dim"))
    return lines


def _table_of(what: str, rows: Mapping[str, Difference], ranking: str | None) -> Table:
    """A row for each difference, that which ranks in bold."""
    table = empty_table()
    table.add_column(what, overflow="fold")
    for name in ("of them" if what == "planets" else "planets", "A", "B", "A - B", "95%", "P(A better)"):
        table.add_column(name, justify="right", no_wrap=True)
    differences = [Pooled(one.value, one.standard_error) for one in rows.values()]
    for (kind, one), apart in zip(rows.items(), numbers.values_with_errors(differences), strict=True):
        means = numbers.values(
            [Pooled(one.first, one.standard_error), Pooled(one.second, one.standard_error)]
        )
        ends = [] if one.interval is None else [Pooled(end, one.standard_error) for end in one.interval]
        table.add_row(
            Text(printable(kind), style="bold" if kind == ranking else ""),
            f"{one.planets:,}",
            *means,
            Text(apart, style="bold"),
            " to ".join(numbers.values(ends)) if ends else numbers.NONE,
            numbers.NONE if one.better is None else _probability(one.better),
        )
    return table


def _probability(value: float) -> str:
    """As far as the bootstrap can tell."""
    return "< 0.001" if value < 0.001 else "> 0.999" if value > 0.999 else f"{value:.3f}"


def _parts(entries: Sequence[Entry], scorer: Scorer) -> dict[str, tuple[Pooled, Pooled, Pooled]]:
    one, other = (entry.scores[scorer].parts for entry in entries)
    parts = {}
    for name in one:
        first, second = one[name], other.get(name, Pooled())
        if first.value is not None and second.value is not None:
            errors = [error for error in (first.standard_error, second.standard_error) if error is not None]
            error = sum(each**2 for each in errors) ** 0.5 if errors else None
            parts[name] = (first, second, Pooled(first.value - second.value, error))
    return parts


def _parts_table(parts: dict[str, tuple[Pooled, Pooled, Pooled]]) -> Table:
    table = empty_table()
    table.add_column("part of the score", overflow="fold")
    for name in ("A", "B", "A - B"):
        table.add_column(name, justify="right", no_wrap=True)
    columns = [numbers.values([part[side] for part in parts.values()]) for side in (0, 1)]
    apart = numbers.values_with_errors([part[2] for part in parts.values()])
    for name, *cells in zip(parts, *columns, apart, strict=True):
        table.add_row(Text(printable(name)), *cells)
    return table


def comparison_value(
    found: Comparison, board: Board, entries: Sequence[Entry], scorer: Scorer
) -> dict[str, Any]:
    """The same as JSON values."""
    parts = _parts(entries, scorer)
    return {
        "challenge": board.challenge.spec,
        "fingerprint": board.challenge.fingerprint,
        "scorer": scorer.name,
        "higher_is_better": scorer.higher_is_better,
        "entries": [
            {
                "estimator": entry.example.estimator.name,
                "options": entry.example.estimator.changed,
                "runs": [run.run_id for run in entry.runs],
                "seeds": list(entry.scores[scorer].seeds),
            }
            for entry in entries
        ],
        "difference": _difference(found.whole),
        "partitions": {kind: _difference(one) for kind, one in found.kinds.items()},
        "parts": {name: _difference(one) for name, one in found.parts.items()}
        or {
            name: {"first": first.value, "second": second.value, "value": apart.value}
            | {"standard_error": apart.standard_error}
            for name, (first, second, apart) in parts.items()
        },
        "planets": [
            {"planet": planet, "partition": kind or None, "first": first, "second": second}
            for planet, kind, first, second in zip(
                found.planets, found.partitions, found.first.tolist(), found.second.tolist(), strict=True
            )
        ],
    }


def _difference(one: Difference) -> dict[str, Any]:
    value = asdict(one)
    return value | {"interval": None if one.interval is None else list(one.interval)}
