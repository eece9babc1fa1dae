"""`harness score`: check and score a submission file, without recording anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import NamedPath, json_option, scorer_option, settings_option


@click.command("score")
@click.argument("file", type=NamedPath(path_type=Path))
@click.option("--challenge", "-c", required=True, metavar="C", help="Challenge, as NAME or NAME:PATH.")
@scorer_option
@settings_option("the challenge or a scorer", "challenge.noise=true")
@json_option
def command(**given: Any) -> None:
    """Check a submission FILE, and score it on a challenge."""
    from harness.cli.score import carry_out

    carry_out(**given)
