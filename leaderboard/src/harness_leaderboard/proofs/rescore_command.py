"""`harness leaderboard rescore`: any scorer on recorded predictions, without fitting again."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import home_option, json_option, scorer_option, settings_option
from harness_leaderboard.proofs.options import challenge_option, data_option


@click.command("rescore")
@click.argument("runs", metavar="[RUN]...", nargs=-1)
@scorer_option
@settings_option("a scorer", "ddks.seed=1")
@challenge_option
@data_option
@json_option
@home_option
@click.pass_context
def command(context: click.Context, /, home: str | None, **given: Any) -> None:
    """Score recorded predictions with scorers that runs were not scored with, without fitting again.

    Without RUN it is every finished run on the board whose predictions are kept; without --scorer it is the
    challenge's own scorers and those that any of its runs has. A score that a run has already, by the
    same version of the scorer with the same options, is not computed again. Records stay as they are.
    """
    from harness_leaderboard.proofs.rescore import carry_out

    carry_out(home=home or context.obj, **given)
