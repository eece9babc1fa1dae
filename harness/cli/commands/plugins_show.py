"""`harness plugins show`: a component in words and options."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import json_option, kind_option


@click.command("show")
@click.argument("name")
@kind_option
@json_option
def command(**given: Any) -> None:
    """Show a component's options and defaults, or a plugin's hooks."""
    from harness.cli.plugins_show import carry_out

    carry_out(**given)
