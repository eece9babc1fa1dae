"""What `harness run` does: one run after the other, or several on a cluster, each shown when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from harness.cli.options import print_json
from harness.cli.results import others_to_standard_error, results_to_standard_output
from harness.cli.run_report import debug_asked, exit_code_of, show_error, show_record
from harness.cli.termination import stop_as_by_control_c
from harness.components.settings import Settings, merge, parse_settings, read_config
from harness.data.record import RunRecord
from harness.logs.lines import log_line
from harness.registry.lifecycle import announce
from harness.runs.home import Home
from harness.runs.plan import Plan
from harness.runs.planning import Planned, plan_runs
from harness.runs.request import DEFAULT_CHALLENGE, Request
from harness.runs.runner import execute, finished_before, serve_again
from harness.untrusted.words import printable

Ended = tuple[RunRecord, BaseException | None]


def carry_out(
    asked: Mapping[str, Any],
    settings: Sequence[str],
    config: Path | None,
    home: str | None,
    as_json: bool,
    cluster: str | None = None,
) -> int:
    """Make the runs that are asked for; the exit code of the command.

    Arguments:
        asked: fields of a `Request` that were given on the command line, which win over the configuration;
            instead of its challenge `challenges`, several of them.
        settings: of components, as `--set` takes them.
        config: a configuration file.
        home: where runs lie, None for the default.
        as_json: print the records instead of tables.
        cluster: where to make them, as `--cluster` names it; None for one after the other, here.

    Raises:
        HarnessError: something that was asked for cannot be.
    """
    stop_as_by_control_c()
    place = Home(home)
    configured, tables = read_config(config) if config else ({}, {})
    requests = requests_of({**configured, **asked}, merge(tables, parse_settings(settings)))
    if cluster is None:
        planned = planned_runs(requests)
        ended = list(_one_by_one(planned, place, as_json))
    else:
        from harness.cluster.place import Place

        where = Place.parse(cluster)
        planned = planned_runs([replace(one, device="cpu") for one in requests])  # workers have one of theirs
        ended = _on_cluster(planned, where, requests[0], place, as_json)
    records = [record for record, _ in ended]
    if as_json:
        documents = [record.model_dump(mode="json") for record in records]
        print_json(documents[0] if sum(len(one.plans) for one in planned) == 1 and documents else documents)
    else:
        announce("runs_reported", records=records, home=place.path)
    if cluster is not None and len(ended) < sum(len(one.plans) for one in planned):
        return INTERRUPTED
    return max((exit_code_of(error) for _, error in ended), default=0)


INTERRUPTED = 2


def requests_of(asked: Mapping[str, Any], settings: Settings) -> list[Request]:
    """A request for each challenge; options of one of the others are not for it."""
    fields = dict(asked)
    one = fields.pop("challenge", DEFAULT_CHALLENGE)
    challenges = list(dict.fromkeys(fields.pop("challenges", ()) or (one,)))
    names = {challenge.partition(":")[0] for challenge in challenges}
    return [
        Request(
            **fields,
            challenge=challenge,
            settings={
                target: options
                for target, options in settings.items()
                if target not in names - {challenge.partition(":")[0]}
            },
        )
        for challenge in challenges
    ]


def planned_runs(requests: Sequence[Request]) -> list[Planned]:
    """Check everything that is asked for, on every challenge, and say which methods are left out."""
    with others_to_standard_error():
        planned = [plan_runs(request) for request in requests]
    for one in planned:
        for left_out in one.left_out:
            where = f" ({one.challenge.spec})" if len(planned) > 1 else ""
            click.echo(printable(f"{left_out}{where}"), err=True)
    return planned


def _one_by_one(planned: Sequence[Planned], home: Home, quiet: bool) -> Iterator[Ended]:
    for one in planned:
        for plan in one.plans:
            ended = _run_one(plan, one, home, quiet)
            yield ended
            if ended[0].status == "interrupted":
                return


def run_one(plan: Plan, planned: Planned, home: Home, quiet: bool) -> tuple[RunRecord, int]:
    """Carry out one run and show how it ended; its exit code."""
    record, error = _run_one(plan, planned, home, quiet)
    return record, exit_code_of(error)


def _run_one(plan: Plan, planned: Planned, home: Home, quiet: bool) -> Ended:
    """Carry out one run and show how it ended."""
    challenge, scorers = planned.challenge, planned.scorers
    if plan.resume and (record := finished_before(plan, challenge, scorers, home)):
        serve_again(record, home)
        _show(record, None, True, home, quiet)
        return record, None
    with others_to_standard_error():
        record, error = execute(plan, challenge, scorers, home)
    _show(record, error, False, home, quiet)
    return record, error


def _on_cluster(
    planned: Sequence[Planned], where: Any, request: Request, home: Home, quiet: bool
) -> list[Ended]:
    """Make them on a cluster; those that came home before Ctrl-C, in the order asked."""
    from harness.cli.cluster_runs import cluster_runs
    from harness.cluster.runs import Asked

    asked = [Asked(plan, one.challenge, one.scorers) for one in planned for plan in one.plans]
    ended: dict[int, Ended] = {}

    def show(record: RunRecord, error: BaseException | None, again: bool) -> None:
        with results_to_standard_output():
            _show(record, error, again, home, quiet)

    with cluster_runs(where, request.device, request.resume, home, len(asked)) as runs:
        try:
            ended.update(runs.made(asked, show))
        except KeyboardInterrupt:
            log_line(
                "Interrupted: what finished is recorded; the same command with --resume serves that, and "
                "makes the rest.",
                level="error",
            )
    return [ended[number] for number in sorted(ended)]


def _show(record: RunRecord, error: BaseException | None, again: bool, home: Home, quiet: bool) -> None:
    if error is None:
        if not quiet:
            show_record(record, home, again=again)
        return
    show_error(record, home, error, debug=debug_asked())
