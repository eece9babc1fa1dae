"""What a user says of a spectrum's file that the file does not say itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from harness.errors import HarnessError

if TYPE_CHECKING:
    from harness.files.spectrum_columns import Given

Command = TypeVar("Command", bound=Callable[..., Any])

_QUANTITIES = {"wavelength": "wavelength", "depth": "depth", "error": "error", "noise": "error"}


def columns_option(command: Command) -> Command:
    """`--columns`: what each column of a table holds."""
    return click.option(
        "--columns",
        metavar="NAME,NAME,...",
        help="What each column holds, where the file does not tell: wavelength, depth, error, width, "
        "half-width, or skip.",
    )(command)


def units_option(command: Command) -> Command:
    """`--units`: of wavelength, depth and error."""
    return click.option(
        "--units",
        metavar="QUANTITY=UNIT,...",
        help="Units that the file does not tell, or tells wrong, such as wavelength=nm,depth=ppm,error=ppm.",
    )(command)


def widths_option(command: Command) -> Command:
    """`--widths`: what the widths of channels are."""
    return click.option(
        "--widths",
        type=click.Choice(["full", "half", "spacing"]),
        help="What the widths are, where the file does not tell; 'spacing' if channels touch.",
    )(command)


def given_layout(columns: str | None, units: str | None) -> Given:
    """Both options, parsed.

    Raises:
        HarnessError: a unit is not of the form QUANTITY=UNIT.
    """
    from harness.files.spectrum_columns import Given  # numpy comes with it

    said: dict[str, str] = {}
    for part in units.split(",") if units else ():
        quantity, _, unit = (word.strip() for word in part.partition("="))
        if quantity not in _QUANTITIES or not unit:
            raise HarnessError(
                f"--units {units} is not of the form QUANTITY=UNIT,...; expected such as "
                "wavelength=nm,depth=ppm."
            )
        said[_QUANTITIES[quantity]] = unit
    names = tuple(name.strip() for name in columns.split(",")) if columns else ()
    return Given(names, said)
