"""`harness run`: fit, sample, score, record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import device_option, home_option, json_option, print_json, scorer_option
from harness.cli.termination import stop_as_by_control_c
from harness.runs.request import DEFAULT_CHALLENGE, DEFAULT_SAMPLES, Request
from harness.untrusted.words import printable

if TYPE_CHECKING:
    from harness.data.record import RunRecord
    from harness.runs.home import Home
    from harness.runs.plan import Plan
    from harness.runs.planning import Planned


@click.command("run")
@click.option(
    "--challenge", "-c", metavar="C", help=f"Challenge, as NAME or NAME:PATH.  [default: {DEFAULT_CHALLENGE}]"
)
@click.option(
    "--estimator",
    "-e",
    "estimators",
    multiple=True,
    metavar="E",
    help="Estimator; may be given several times.",
)
@click.option("--all", is_flag=True, help="Every installed estimator, one after the other.")
@click.option("--preprocessor", "-p", metavar="P", help="Preprocessor.  [default: the estimator's]")
@click.option("--embedder", "-m", metavar="M", help="Embedder.  [default: the estimator's]")
@scorer_option
@click.option(
    "--seed",
    "seeds",
    type=click.IntRange(min=0),
    multiple=True,
    metavar="N",
    help="Repetition: all random streams follow from it; may be given several times.  [default: 0]",
)
@click.option(
    "--samples",
    type=int,
    help=f"Posterior samples for each planet, 1000 to 5000.  [default: {DEFAULT_SAMPLES}]",
)
@device_option
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Option of a component, as kind.option=value or name.option=value.",
)
@click.option(
    "--config", type=click.Path(dir_okay=False), metavar="FILE", help="TOML file with any of these options."
)
@click.option("--name", metavar="N", help="A label for the run, to find it by.")
@click.option(
    "--time-budget",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Seconds that an estimator may take to fit.",
)
@click.option(
    "--resume", is_flag=True, help="Go on where an interrupted run stopped, and reuse what already finished."
)
@home_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    config: str | None,
    settings: tuple[str, ...],
    home: str | None,
    as_json: bool,
    **given: Any,
) -> int:
    """Fit methods on a challenge, score them, and record the runs.

    \b
    harness run --estimator random-forest
    harness run --challenge hela:PATH --estimator nearest --set estimator.k=50 --seed 0 --seed 1
    """
    from harness.registry.lifecycle import announce
    from harness.runs.home import Home
    from harness.runs.planning import plan_runs

    stop_as_by_control_c()
    place = Home(home)
    planned = plan_runs(_request(ctx, config, settings, given))
    for left_out in planned.left_out:
        click.echo(printable(str(left_out)), err=True)
    records = []
    status = 0
    for plan in planned.plans:
        record, code = _run_one(plan, planned, place, as_json)
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


def _request(
    ctx: click.Context, config: str | None, settings: tuple[str, ...], given: dict[str, Any]
) -> Request:
    """What the configuration file asks for, and over it what the command line does."""
    from pathlib import Path

    from harness.components.settings import merge, parse_settings, read_config

    asked, tables = read_config(Path(config)) if config else ({}, {})
    typed = click.core.ParameterSource.COMMANDLINE
    asked |= {key: value for key, value in given.items() if ctx.get_parameter_source(key) is typed}
    return Request(**asked, settings=merge(tables, parse_settings(settings)))


def _run_one(plan: Plan, planned: Planned, home: Home, quiet: bool) -> tuple[RunRecord, int]:
    """Carry out one run and show how it ended; its exit code."""
    from harness.cli.run_report import show_error, show_record
    from harness.errors import HarnessError
    from harness.runs.runner import execute, finished_before

    challenge, scorers = planned.challenge, planned.scorers
    if plan.resume and (record := finished_before(plan, challenge, scorers, home)):
        if not quiet:
            show_record(record, home, again=True)
        return record, 0
    record, error = execute(plan, challenge, scorers, home)
    if error is None:
        if not quiet:
            show_record(record, home)
        return record, 0
    show_error(record, home, error)
    return record, 2 if isinstance(error, (HarnessError, KeyboardInterrupt)) else 1
