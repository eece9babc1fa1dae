"""Scores with their errors and parts as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich import box
from rich.console import Console
from rich.table import Table

from harness.cli.terminal import styled
from harness.cli.whole_table import needed_width, print_whole
from harness.data.record import EstimateRecord, ScoreRecord
from harness.data.score_parts import group_of
from harness.untrusted.words import printable


@dataclass(frozen=True)
class _Column:
    """A score, or a group of its parts: the whole, and a value for each parameter."""

    title: str
    whole: EstimateRecord | None
    by_parameter: dict[str, EstimateRecord]
    partitions: Mapping[str, EstimateRecord] = field(default_factory=dict)


def print_scores(console: Console, scores: Sequence[ScoreRecord]) -> None:
    """Print one column for each score and each group of its parts, one row for each partition and parameter.

    Where the terminal is too narrow for all of them, there are several tables, one below the other.
    """
    for number, table in enumerate(_tables(console, [_columns(score) for score in scores])):
        if number:
            console.print()
        print_whole(console, table)


def _tables(console: Console, groups: Sequence[Sequence[_Column]]) -> list[Table]:
    """The columns in as few tables as have room for them, those of one score side by side if they can be."""
    tables: list[list[_Column]] = [[]]
    for group in groups:
        whole = needed_width(console, _table(group)) <= console.width
        for columns in [group] if whole else [[column] for column in group]:
            longer = [*tables[-1], *columns]
            if not tables[-1] or needed_width(console, _table(longer)) <= console.width:
                tables[-1] = longer
            else:
                tables.append(list(columns))
    return [_table(columns) for columns in tables]


def _table(columns: Sequence[_Column]) -> Table:
    parameters = dict.fromkeys(name for column in columns for name in column.by_parameter)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(styled(column.title), justify="right", vertical="bottom", overflow="fold")
    wholes = [with_error(column.whole).partition(" ± ") for column in columns]
    kinds = dict.fromkeys(name for column in columns for name in column.partitions)
    table.add_row(
        styled(("score" if kinds else "all", "bold")), *(styled((value, "bold")) for value, _, _ in wholes)
    )
    table.add_row(styled(("±", "dim")), *(styled((error, "dim")) for _, _, error in wholes), end_section=True)
    for kind in kinds:
        values = (_number(column.partitions.get(kind)) for column in columns)
        table.add_row(styled(kind), *values, end_section=kind == list(kinds)[-1])
    for parameter in parameters:
        table.add_row(styled(parameter), *(_number(column.by_parameter.get(parameter)) for column in columns))
    return table


def _columns(score: ScoreRecord) -> list[_Column]:
    """The column of a score, and those of its groups ("coverage_68" of "coverage_68/T").

    A lone group that equals the score itself is not shown twice.
    """
    groups: dict[str, dict[str, EstimateRecord]] = {}
    wholes = []
    for part, estimate in score.parts.items():
        group = group_of(part, score.parts)
        if group is None:
            wholes.append(part)
        else:
            groups.setdefault(group, {})[part[len(group) + 1 :]] = estimate
    direction = "↑" if score.higher_is_better else "↓"
    title = f"{_lines(score.scorer.name)}\n{direction}"
    if not groups:
        return [_Column(title, score.whole, dict(score.parts), score.partitions)]
    if len(groups) == len(wholes) == 1:
        ((group, by_parameter),) = groups.items()
        if score.parts[group].value == score.value:
            return [_Column(title, score.whole, by_parameter, score.partitions)]
    parts = [_Column(_lines(name), score.parts[name], groups.get(name, {})) for name in wholes]
    return [_Column(title, score.whole, {}, score.partitions), *parts]


def _lines(name: str) -> str:
    """A long name over several lines of a heading."""
    return printable(name).replace("-", "-\n").replace("_", "\n")


def with_error(estimate: EstimateRecord | None) -> str:
    """A value with its standard error, to the error's second digit and at most three decimals."""
    if estimate is None or estimate.value is None:
        return ""
    value, error = estimate.value, estimate.standard_error
    if error is None or error <= 0:
        return _number(estimate)
    decimals = min(3, max(0, 1 - math.floor(math.log10(error))))
    return f"{value:,.{decimals}f} ± {error:,.{decimals}f}"


def _number(estimate: EstimateRecord | None) -> str:
    if estimate is None or estimate.value is None:
        return ""
    size = abs(estimate.value)
    decimals = 0 if size >= 1000 else 1 if size >= 10 else 3
    return f"{estimate.value:,.{decimals}f}"
