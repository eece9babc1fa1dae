"""`harness plugins new`: a working package to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from harness.cli.options import NamedPath
from harness.registry.scaffold import KINDS, next_steps, write_package
from harness.untrusted.words import printable


@click.command("new")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    default="estimator",
    show_default=True,
    help="What the package holds.",
)
@click.option(
    "--directory", type=NamedPath(file_okay=False, exists=True), default=".", help="Where to write it."
)
def command(name: str, kind: str, directory: str) -> None:
    """Write a small, complete plugin package called NAME.

    It is typed and tested, and works as it is.
    """
    folder = write_package(kind, name, Path(directory))
    steps = [f"pip install -e {shlex.quote(printable(str(folder)))}", *next_steps(kind, name)]
    click.echo("\n  ".join([f"Wrote {printable(str(folder))}. Next:", *steps]))
