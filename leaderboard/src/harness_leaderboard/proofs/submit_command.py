"""`harness leaderboard submit`: a submission file on the board, beside the runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import SEED, NamedPath, home_option, json_option, scorer_option, settings_option


@click.command("submit")
@click.argument("paths", metavar="FILE|FOLDER...", nargs=-1, required=True, type=NamedPath(path_type=Path))
@click.option("--challenge", "-c", required=True, metavar="C", help="Challenge, as NAME or NAME:PATH.")
@click.option("--name", metavar="N", help="What the method is called on the board.")
@click.option("--by", metavar="TEXT", help="Who answers for it, such as a person with an address.")
@click.option("--note", metavar="TEXT", help="Anything else, such as the address of a paper.")
@click.option("--seed", type=SEED, metavar="N", help="Which repetition it is.  [default: 0]")
@scorer_option
@settings_option("the challenge or a scorer", "challenge.noise=true")
@json_option
@home_option
@click.pass_context
def command(context: click.Context, /, home: str | None, **given: Any) -> None:
    """Put submission files on the board, beside the runs and marked as submitted.

    FILE is scored as a run would be, and its predictions are kept, so that it can be rescored and verified.
    FOLDER holds an entry.toml with name, by, and perhaps note, seed, and file (default: submission.hdf5).
    Files of one name and person with several seeds are one entry. A file that is on the board already
    is not put there again.
    """
    from harness_leaderboard.proofs.submit import carry_out

    carry_out(home=home or context.obj, **given)
