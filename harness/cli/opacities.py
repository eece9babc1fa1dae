"""`harness opacities`: what opacity files a directory holds."""

from __future__ import annotations

import click

from harness.cli.lazy_group import LazyGroup


@click.group("opacities", cls=LazyGroup)
def command() -> None:
    """Look at the opacity files of the forward model."""


command.register(
    "describe",
    "harness.cli.opacities_describe:command",
    summary="Describe the cross-sections in DIR.",
)
