"""`harness data`: look at a challenge before working on it."""

from __future__ import annotations

import click

from harness.cli.lazy_group import LazyGroup


@click.group("data", cls=LazyGroup)
def command() -> None:
    """Look at the data of a challenge."""


command.register(
    "check",
    "harness.cli.commands.data_check:command",
    summary="Compare the forward model of CHALLENGE with the spectra of its training planets.",
)
command.register(
    "describe",
    "harness.cli.commands.data_describe:command",
    summary="Describe what CHALLENGE, or the file of a spectrum, holds.",
)
command.register(
    "plot",
    "harness.cli.commands.data_plot:command",
    summary="Draw the planets of CHALLENGE, or one of them.",
)
