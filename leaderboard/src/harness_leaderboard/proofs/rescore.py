"""What `harness leaderboard rescore` does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.text import Text

from harness.cli.options import print_json
from harness.cli.terminal import console_for_tables
from harness.components.progress import shown_progress
from harness.components.settings import parse_settings
from harness.runs.home import Home
from harness.untrusted.words import printable
from harness_leaderboard import numbers
from harness_leaderboard.fixed_table import empty_table
from harness_leaderboard.proofs.added import scorer_key
from harness_leaderboard.proofs.chosen_runs import finished_runs
from harness_leaderboard.proofs.kept import Kept
from harness_leaderboard.proofs.proofs import Proofs
from harness_leaderboard.proofs.rescoring import Rescored, Rescorer
from harness_leaderboard.store import Store


def carry_out(
    runs: Sequence[str],
    scorers: Sequence[str],
    settings: Sequence[str],
    challenge: str | None,
    data: str | None,
    as_json: bool,
    home: str | None,
) -> None:
    """Add scores to runs, and say which."""
    place = Home(home)
    store = Store.of(place)
    kept = Kept(place.path, data)
    rescorer = Rescorer(store, kept, scorers, parse_settings(settings))
    chosen = finished_runs(store, runs, challenge)
    kept.require_data(chosen)
    added = Proofs.of(store, ()).added
    found: list[Rescored] = []
    with shown_progress("rescoring", len(chosen), quiet=as_json) as advance:

        def done(one: Rescored) -> None:
            found.append(one)
            advance(1)

        rescorer.rescore(
            chosen,
            lambda run: [scorer_key(one.scorer) for one in (*run.scores, *added.get(run.run_id, ()))],
            done,
        )
    if as_json:
        print_json([_value(one) for one in found])
        return
    changed = [one for one in found if one.added]
    if changed:
        console_for_tables().print(_table(changed))
    for line in _summary(found):
        click.echo(printable(line))


def _value(one: Rescored) -> dict[str, Any]:
    return {"run": one.run.run_id, "added": dict(one.added), "reason": one.reason}


def _table(changed: Sequence[Rescored]) -> Any:
    table = empty_table()
    table.add_column("run", no_wrap=True)
    table.add_column("estimator", overflow="fold")
    names = list(dict.fromkeys(name for one in changed for name in one.added))
    columns = []
    for name in names:
        table.add_column(Text(printable(name)), justify="right")
        columns.append([_shown(one.added.get(name)) for one in changed])
    for one, *cells in zip(changed, *columns, strict=True):
        first = (Text(printable(text)) for text in (one.run.run_id, one.run.estimator.name))
        table.add_row(*first, *cells)
    return table


def _shown(value: float | None) -> str:
    return numbers.NONE if value is None else f"{value:.6g}"


def _summary(found: Sequence[Rescored]) -> list[str]:
    """How many got something, and why the others did not."""
    changed = sum(bool(one.added) for one in found)
    had_all = sum(not one.added and one.reason is None for one in found)
    lines = [f"Added scores to {changed:,} of {len(found):,} runs; {had_all:,} had them all."]
    reasons: dict[str, list[str]] = {}
    for one in found:
        if one.reason is not None:
            reasons.setdefault(one.reason, []).append(one.run.run_id)
    for reason, run_ids in reasons.items():
        more = f" and {len(run_ids) - 1:,} more" if len(run_ids) > 1 else ""
        lines.append(f"Left out {run_ids[0]}{more}: {reason}.")
    return lines
