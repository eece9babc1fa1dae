"""`harness run`: fit, sample, score, record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from harness.cli.options import device_option, home_option, json_option, print_json, scorer_option
from harness.cli.termination import stop_as_by_control_c

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.components import Challenge, Scorer
    from harness.data.record import RunRecord
    from harness.runs.assembly import Choice
    from harness.runs.home import Home
    from harness.runs.plan import Plan

DEFAULT_CHALLENGE = "ariel-mini"
DEFAULT_SAMPLES = 2000


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
@click.option("--all", "every", is_flag=True, help="Every installed estimator, one after the other.")
@click.option("--preprocessor", "-p", metavar="P", help="Preprocessor.  [default: the estimator's]")
@click.option("--embedder", "-m", metavar="M", help="Embedder.  [default: the estimator's]")
@scorer_option
@click.option(
    "--seed", type=click.IntRange(min=0), help="Repetition: all random streams follow from it.  [default: 0]"
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
    ctx: click.Context, /, every: bool, home: str | None, as_json: bool, resume: bool, **given: Any
) -> int:
    """Fit methods on a challenge, score them, and record the runs.

    \b
    harness run --estimator random-forest
    harness run --challenge hela:PATH --estimator nearest --set estimator.k=50
    """
    from harness.registry.lifecycle import announce
    from harness.runs.home import Home

    stop_as_by_control_c()
    place = Home(home)
    plans, challenge, scorers = _prepare(ctx, every, resume, given)
    records = []
    status = 0
    for plan in plans:
        record, code = _run_one(plan, challenge, scorers, place, as_json)
        records.append(record)
        status = max(status, code)
        if record.status == "interrupted":
            break
    if as_json:
        documents = [record.model_dump(mode="json") for record in records]
        print_json(documents[0] if len(plans) == 1 else documents)
    else:
        announce("runs_reported", records=records, home=place.path)
    return status


def _prepare(
    ctx: click.Context, every: bool, resume: bool, given: dict[str, Any]
) -> tuple[list[Plan], Challenge, list[Choice[Scorer]]]:
    """Check everything that was asked for, then open the challenge."""
    from pathlib import Path

    from harness.components.device import resolve_device
    from harness.components.settings import merge, options_for, parse_settings, read_config, refuse_unused
    from harness.errors import HarnessError
    from harness.registry.plugins import registry
    from harness.runs.assembly import Choice
    from harness.runs.plan import Plan, plan_estimator
    from harness.runs.scoring import applicable_scorers
    from harness.submissions import MAX_ROWS, MIN_ROWS

    config, tables = read_config(Path(given["config"])) if given["config"] else ({}, {})
    settings = merge(tables, parse_settings(given["settings"]))

    def chosen(key: str, default: Any = None) -> Any:
        value = given[key]
        if ctx.get_parameter_source(key) is click.core.ParameterSource.COMMANDLINE:
            return value
        return config.get(key, default if value in (None, ()) else value)

    estimators = registry().names("estimator") if every else list(dict.fromkeys(chosen("estimators", ())))
    if not estimators:
        known = ", ".join(registry().names("estimator"))
        raise HarnessError(f"No estimator was asked for: give --estimator NAME (there is: {known}) or --all.")
    samples = chosen("samples", DEFAULT_SAMPLES)
    if not MIN_ROWS <= samples <= MAX_ROWS:
        raise HarnessError(
            f"--samples is {samples}; the challenge takes {MIN_ROWS} to {MAX_ROWS} samples for each planet."
        )
    seed, time_budget = chosen("seed", 0), chosen("time_budget")
    if seed < 0:
        raise HarnessError(f"The seed is {seed}; expected 0 or a greater whole number.")
    if time_budget is not None and not 0 < time_budget < float("inf"):
        raise HarnessError(f"The time budget is {time_budget:g}; expected a positive number of seconds.")
    device = resolve_device(chosen("device"))
    name, _, location = chosen("challenge", DEFAULT_CHALLENGE).partition(":")
    scorer_names = list(dict.fromkeys(chosen("scorers", ())))
    scorers = [Choice.of("scorer", s, options_for(settings, "scorer", s)) for s in scorer_names]
    challenge_choice = Choice.of("challenge", name, options_for(settings, "challenge", name))
    plans = []
    for estimator in estimators:
        features = (chosen("preprocessor"), chosen("embedder"))
        parts = plan_estimator(settings, estimator, *features, among_all=every)
        plans.append(
            Plan(
                challenge_choice,
                *parts,
                seed=seed,
                n_samples=samples,
                device=device,
                label=chosen("name"),
                time_budget=time_budget,
                resume=resume,
            )
        )
    taking_part = ["challenge", "estimator", "scorer", name, *scorer_names]
    for plan in plans:
        for part in (plan.estimator, plan.preprocessor, plan.embedder):
            taking_part += [part.registration.kind, part.registration.name] if part else []
    if not scorer_names:
        taking_part += registry().names("scorer")
    refuse_unused(settings, taking_part)
    challenge = challenge_choice.build(location=location or None)
    wanted = scorers or [
        Choice.of("scorer", s, options_for(settings, "scorer", s)) for s in challenge.scorers
    ]
    scorers = applicable_scorers(challenge, challenge.test, wanted, required=bool(scorers))[0]
    named = chosen("estimators", ()) if every else estimators
    return _suitable(plans, challenge, named), challenge, scorers


def _suitable(plans: list[Plan], challenge: Challenge, named: Sequence[str]) -> list[Plan]:
    """The plans that are carried out; the others are told of, or refused if their estimator was named."""
    from harness.errors import HarnessError
    from harness.runs.assembly import build_estimator

    suitable = []
    for plan in plans:
        parts = (plan.estimator, plan.preprocessor, plan.embedder)
        estimator = build_estimator(challenge.schema, *parts)
        reason = estimator.unsuitable()
        if reason is not None and estimator.name in named:
            raise HarnessError(f"'{estimator.name}' does not suit {challenge.spec}: {_clause(reason)}")
        if estimator.name not in named:
            reason = reason or estimator.left_out_of_all
        if reason:
            click.echo(f"'{estimator.name}' is left out: {_clause(reason)}", err=True)
        else:
            suitable.append(plan)
    return suitable


def _clause(sentence: str) -> str:
    """A sentence as the second half of another."""
    return sentence[:1].lower() + sentence[1:]


def _run_one(
    plan: Plan, challenge: Challenge, scorers: list[Choice[Scorer]], home: Home, quiet: bool
) -> tuple[RunRecord, int]:
    """Carry out one run and show how it ended; its exit code."""
    from harness.cli.run_report import show_error, show_record
    from harness.errors import HarnessError
    from harness.runs.runner import execute, finished_before

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
