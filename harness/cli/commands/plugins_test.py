"""`harness plugins test`: whether a component keeps the contract."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import json_option, kind_option, settings_option


@click.command("test")
@click.argument("name")
@kind_option
@settings_option("the component")
@click.option("--location", metavar="PATH", help="Where the data of a challenge lie.")
@json_option
def command(**given: Any) -> int:
    """Check that a component, or a plugin's hooks, keep the contract."""
    from harness.cli.plugins_test import carry_out

    return carry_out(**given)
