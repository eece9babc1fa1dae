"""`harness run`: fit, sample, score, record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import (
    SEED,
    NamedPath,
    NumberRange,
    cluster_option,
    device_option,
    home_option,
    json_option,
    scorer_option,
    settings_option,
)
from harness.runs.request import DEFAULT_CHALLENGE, DEFAULT_SAMPLES


@click.command("run")
@click.option(
    "--challenge",
    "-c",
    "challenges",
    multiple=True,
    metavar="C",
    help=f"Challenge, as NAME or NAME:PATH; may be given several times.  [default: {DEFAULT_CHALLENGE}]",
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
    type=SEED,
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
@settings_option("a component")
@click.option(
    "--config",
    type=NamedPath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="TOML file with any of these options.",
)
@click.option("--name", metavar="N", help="A label for the run, to find it by.")
@click.option(
    "--time-budget",
    type=NumberRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Seconds that an estimator may take to fit.",
)
@click.option(
    "--resume", is_flag=True, help="Go on where an interrupted run stopped, and reuse what already finished."
)
@cluster_option("runs")
@home_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    config: Path | None,
    settings: tuple[str, ...],
    home: str | None,
    as_json: bool,
    cluster: str | None,
    **given: Any,
) -> int:
    """Fit methods on a challenge, score them, and record the runs.

    \b
    harness run --estimator random-forest
    harness run --challenge hela:PATH --estimator nearest --set estimator.k=50 --seed 0 --seed 1
    """
    from harness.cli.running import carry_out

    typed = click.core.ParameterSource.COMMANDLINE
    asked = {key: value for key, value in given.items() if ctx.get_parameter_source(key) is typed}
    return carry_out(asked, settings, config, home, as_json, cluster)
