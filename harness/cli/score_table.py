"""Scores with their errors and parts as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich import box
from rich.table import Table

from harness.record import EstimateRecord, ScoreRecord


def score_table(scores: Sequence[ScoreRecord]) -> Table:
    """One row for each score, and one for each group of its parts that differ by parameter.

    A part named "group/parameter" or "parameter" stands in the column of its parameter.
    """
    columns = list(
        dict.fromkeys(
            part.rpartition("/")[2] for score in scores for part in score.parts if _by_parameter(score, part)
        )
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("score", no_wrap=True)
    table.add_column("all", justify="right", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")
    for score in scores:
        direction = "↑" if score.higher_is_better else "↓"
        groups = _groups(score)
        table.add_row(
            f"[bold]{score.scorer.name}[/bold] {direction}",
            f"[bold]{with_error(score)}[/bold]",
            *(_short(groups.get("", {}).get(column)) for column in columns),
        )
        for group, parts in groups.items():
            if group:
                whole = score.parts.get(group)
                table.add_row(
                    f"  {group}",
                    with_error(whole) if whole else "",
                    *(_short(parts.get(column)) for column in columns),
                )
    return table


def _by_parameter(score: ScoreRecord, part: str) -> bool:
    """Whether a part is one of a parameter: not the name of a group itself."""
    return "/" in part or not any(other.startswith(f"{part}/") for other in score.parts)


def _groups(score: ScoreRecord) -> dict[str, dict[str, EstimateRecord]]:
    groups: dict[str, dict[str, EstimateRecord]] = {}
    for part, estimate in score.parts.items():
        if _by_parameter(score, part):
            group, _, column = part.rpartition("/")
            groups.setdefault(group, {})[column] = estimate
    return groups


def with_error(estimate: EstimateRecord) -> str:
    """A value with its standard error, both to the second significant digit of the error."""
    value, error = estimate.value, estimate.standard_error
    if value is None:
        return "-"
    if error is None or error <= 0:
        return _number(value)
    decimals = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:,.{decimals}f} ± {error:,.{decimals}f}"


def _short(estimate: EstimateRecord | None) -> str:
    return "" if estimate is None or estimate.value is None else _number(estimate.value)


def _number(value: float) -> str:
    size = abs(value)
    decimals = 0 if size >= 1000 else 1 if size >= 10 else 3
    return f"{value:,.{decimals}f}"
