"""`harness opacities`: the opacity files of the forward model."""

from __future__ import annotations

import click

from harness.cli.lazy_group import LazyGroup


@click.group("opacities", cls=LazyGroup)
def command() -> None:
    """Look at the opacity files of the forward model, or learn some."""


command.register(
    "describe",
    "harness.cli.commands.opacities_describe:command",
    summary="Describe the cross-sections in DIR.",
)
command.register(
    "fit",
    "harness.cli.commands.opacities_fit:command",
    summary="Learn cross-sections from the training spectra of CHALLENGE.",
)
command.register(
    "foreign",
    "harness.cli.commands.opacities_foreign:command",
    summary="Write opacities as another group would have them.",
)
