"""`harness sweep`: many runs that differ in their options, and which of them score best."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import NamedPath, cluster_option, home_option, json_option


@click.command("sweep")
@click.argument("file", metavar="FILE.toml", type=NamedPath(dir_okay=False, path_type=Path))
@cluster_option("runs")
@home_option
@json_option
def command(file: Path, cluster: str | None, home: str | None, as_json: bool) -> int:
    """Run methods with many options, as FILE.toml describes them, and rank the options.

    Options are scored on planets held out of the training planets of each challenge, and on its test planets
    only if the file says test_planets = true. What finished before is served: the same command goes on with
    an interrupted sweep. Every run is on the board with its options.
    """
    from harness.cli.sweep import carry_out

    return carry_out(file, cluster, home, as_json)
