"""`harness leaderboard verify`: the scores of records against what kept predictions score."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import home_option, json_option
from harness_leaderboard.proofs.options import challenge_option, data_option


@click.command("verify")
@click.argument("targets", metavar="[RUN|DIR]...", nargs=-1)
@challenge_option
@data_option
@click.option("--strict", is_flag=True, help="Refuse what cannot be checked, too.")
@json_option
@home_option
@click.pass_context
def command(context: click.Context, /, home: str | None, **given: Any) -> None:
    """Compute the scores of runs again from their kept predictions, and compare with their records.

    RUN is a run on the board; DIR is the folder of a run, of many, a home, an exported board, or a snapshot,
    whose numbers are compared with the records of its runs too. Without any it is every finished run
    on the board. Runs on the board that hold carry the mark "rescored" from then on. The exit code is 2
    where anything differs or is damaged, or no run could be checked; with --strict where anything could not.
    """
    from harness_leaderboard.proofs.verify import carry_out

    carry_out(home=home or context.obj, **given)
