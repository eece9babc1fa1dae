"""`harness submit`: a run's predictions as a submission file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import NamedPath, device_option, home_option


@click.command("submit")
@click.argument("run")
@click.option(
    "--output",
    "-o",
    required=True,
    type=NamedPath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The submission file to write.",
)
@click.option(
    "--split",
    type=click.Choice(["test", "unlabelled"]),
    default="test",
    show_default=True,
    help="The predictions that were scored, or new ones for the planets whose truth is not published.",
)
@click.option(
    "--challenge", metavar="C", help="Where the unlabelled planets lie now.  [default: as in the run]"
)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@device_option
@home_option
def command(**given: Any) -> None:
    """Write the predictions of RUN as a submission file.

    RUN is the id of a run or the start of it, its label, its folder, or "latest".
    """
    from harness.cli.submit import carry_out

    carry_out(**given)
