"""`harness data`: look at a challenge before working on it."""

from __future__ import annotations

import click

from harness.cli.lazy_group import LazyGroup


@click.group("data", cls=LazyGroup)
def command() -> None:
    """Look at the data of a challenge."""


command.register(
    "describe",
    "harness.cli.data_describe:command",
    summary="Describe CHALLENGE (NAME or NAME:PATH): sizes, channels, parameters, traces, and what is "
    "missing; or the file of a spectrum.",
)
command.register(
    "plot",
    "harness.cli.data_plot:command",
    summary="Draw the planets of CHALLENGE (NAME or NAME:PATH), or one of them.",
)
