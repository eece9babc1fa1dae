"""`harness plugins new`: a working package to start from."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from harness.registry.scaffold import write_estimator_package


@click.command("new")
@click.argument("name")
@click.option(
    "--directory", type=click.Path(file_okay=False, exists=True), default=".", help="Where to write it."
)
def command(name: str, directory: str) -> None:
    """Write a minimal, complete estimator package called NAME."""
    folder = write_estimator_package(name, Path(directory))
    click.echo(
        f"Wrote {folder}. Next:\n"
        f"  pip install -e {shlex.quote(str(folder))}\n"
        f"  harness plugins test {name}\n"
        f"  harness run --estimator {name} --estimator prior"
    )
