"""Options that the commands on kept predictions share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def challenge_option(command: Command) -> Command:
    """`--challenge CHALLENGE`: which of the boards is meant."""
    return click.option(
        "--challenge", metavar="CHALLENGE", help="Only of this one: its name, spec or fingerprint."
    )(command)


def data_option(command: Command) -> Command:
    """`--data NAME:PATH`: where the data of a challenge lie now."""
    return click.option(
        "--data", metavar="NAME:PATH", help="Where the challenge's data lie now.  [default: as in the record]"
    )(command)
