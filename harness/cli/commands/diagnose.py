"""`harness diagnose`: whether the posteriors of a recorded run hold what they promise."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import home_option, json_option, outputs_option, seed_option


@click.command("diagnose")
@click.argument("run", metavar="RUN")
@click.option(
    "--planets",
    type=click.IntRange(1, 100_000),
    default=64,
    show_default=True,
    help="Planets at most that are compared with reference posteriors, and whose spectra are computed.",
)
@click.option(
    "--data", metavar="NAME:PATH", help="Where the data of the challenge lie now, if they were moved."
)
@outputs_option("both, named after the run, in the current folder")
@seed_option("Of ranks among equals, of random points and of draws.")
@home_option
@json_option
def command(**given: Any) -> None:
    """Look at whether the posteriors of a RUN hold what they promise.

    \b
    RUN is a run's id, the beginning of it, its label, "latest", or its folder.

    From its kept predictions: ranks of the truth and their distribution, coverage of intervals and of the
    joint posterior with bands of chance, the distance to reference posteriors, and the spectra that posterior
    samples make. Prints what is to be remembered, and what was written.
    """
    from harness.cli.diagnose import carry_out

    carry_out(**given)
