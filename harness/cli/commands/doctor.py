"""`harness doctor`: does this installation work?"""

from __future__ import annotations

import click

from harness.cli.options import home_option, json_option


@click.command("doctor")
@click.option("--no-self-test", is_flag=True, help="Only look; compute nothing.")
@home_option
@json_option
def command(no_self_test: bool, home: str | None, as_json: bool) -> None:
    """Say what this installation consists of, and whether it works.

    Versions, plugins, processor, threads, devices, home and cache with the room that they have, the
    opacities, and a self-test of some seconds that fits, samples, scores and records a small challenge. The
    exit code is 2 where something is wrong.
    """
    from harness.cli.doctor import carry_out

    carry_out(no_self_test, home, as_json)
