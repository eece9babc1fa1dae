"""`harness rerun`: the same run from its record."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import home_option, json_option


@click.command("rerun")
@click.argument("run", metavar="RUN|FILE")
@click.option(
    "--data", metavar="NAME:PATH", help="Where the challenge's data lie now.  [default: as recorded]"
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    help="Where to compute.  [default: where the run was made]",
)
@click.option("--name", metavar="N", help="A label for the new run, to find it by.")
@home_option
@json_option
def command(**given: Any) -> int:
    """Make a run again from its record, and say what differs.

    RUN is a run's id, the start of one, its label, its folder, or "latest"; FILE is a record.json. Every
    option is taken from the record, defaults included. What is not as it was (versions, revision, device) is
    said before the fit; afterwards the samples are compared with those that the run keeps. On the
    same processor with the same versions they are the same.
    """
    from harness.cli.rerun import carry_out

    return carry_out(**given)
