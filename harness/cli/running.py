"""What `harness run` does: one run after the other, each shown when it ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from harness.cli.options import print_json
from harness.cli.results import others_to_standard_error
from harness.cli.run_report import show_error, show_record
from harness.cli.termination import stop_as_by_control_c
from harness.components.settings import merge, parse_settings, read_config
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.registry.lifecycle import announce
from harness.runs.home import Home
from harness.runs.plan import Plan
from harness.runs.planning import Planned, plan_runs
from harness.runs.request import Request
from harness.runs.runner import execute, finished_before, serve_again
from harness.untrusted.words import printable


def carry_out(
    asked: Mapping[str, Any], settings: Sequence[str], config: Path | None, home: str | None, as_json: bool
) -> int:
    """Make the runs that are asked for; the exit code of the command.

    Arguments:
        asked: fields of a `Request` that were given on the command line, which win over the configuration.
        settings: of components, as `--set` takes them.
        config: a configuration file.
        home: where runs lie, None for the default.
        as_json: print the records instead of tables.

    Raises:
        HarnessError: something that was asked for cannot be.
    """
    stop_as_by_control_c()
    place = Home(home)
    configured, tables = read_config(config) if config else ({}, {})
    request = Request(**{**configured, **asked}, settings=merge(tables, parse_settings(settings)))
    with others_to_standard_error():
        planned = plan_runs(request)
    for left_out in planned.left_out:
        click.echo(printable(str(left_out)), err=True)
    records = []
    status = 0
    for plan in planned.plans:
        record, code = run_one(plan, planned, place, as_json)
        records.append(record)
        status = max(status, code)
        if record.status == "interrupted":
            break
    if as_json:
        documents = [record.model_dump(mode="json") for record in records]
        print_json(documents[0] if len(planned.plans) == 1 else documents)
    else:
        announce("runs_reported", records=records, home=place.path)
    return status


def run_one(plan: Plan, planned: Planned, home: Home, quiet: bool) -> tuple[RunRecord, int]:
    """Carry out one run and show how it ended; its exit code."""
    challenge, scorers = planned.challenge, planned.scorers
    if plan.resume and (record := finished_before(plan, challenge, scorers, home)):
        serve_again(record, home)
        if not quiet:
            show_record(record, home, again=True)
        return record, 0
    with others_to_standard_error():
        record, error = execute(plan, challenge, scorers, home)
    if error is None:
        if not quiet:
            show_record(record, home)
        return record, 0
    debug = bool(click.get_current_context().find_root().params.get("debug"))
    show_error(record, home, error, debug=debug)
    return record, 2 if isinstance(error, (HarnessError, KeyboardInterrupt)) else 1
