"""`harness emulator`: train a neural surrogate of a challenge's forward model, or look at one."""

from __future__ import annotations

import click

from harness.cli.lazy_group import LazyGroup


@click.group("emulator", cls=LazyGroup)
def emulator() -> None:
    """Train a neural surrogate of a forward model, or look at one."""


emulator.register(
    "train",
    "harness_emulator.train_command:train",
    summary="Train an emulator of the forward model of CHALLENGE.",
)
emulator.register(
    "show",
    "harness_emulator.show_command:show",
    summary="What the emulator in FILE imitates, its box, and how far it is off.",
)
