"""`harness leaderboard repository`: a repository where entries come as pull requests."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import NamedPath
from harness.untrusted.words import printable


@click.command("repository")
@click.argument("folder", metavar="DIR", type=NamedPath(path_type=Path))
@click.option("--challenge", "-c", required=True, metavar="C", help="Challenge, as NAME or NAME:PATH.")
def command(folder: Path, challenge: str) -> None:
    """Write a repository in which entries come as pull requests and are scored again.

    It holds a README for who enters, a folder of entries, and a workflow that checks and scores every entry,
    verifies all scores from the predictions, and publishes the page.
    """
    from harness_leaderboard.repository.writing import write_repository

    written = write_repository(folder, challenge)
    click.echo(printable(f"Wrote {', '.join(written)} to {folder}."))
