"""`harness data check`: whether a challenge's forward model makes its spectra."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import NamedPath, json_option, settings_option


@click.command("check")
@click.argument("challenge")
@click.option(
    "--output",
    "-o",
    type=NamedPath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Draw the residuals of every channel to this .png too.",
)
@settings_option("the challenge", "challenge.opacities=DIR")
@json_option
def command(**given: Any) -> None:
    """Compare the forward model of CHALLENGE with the spectra of its training planets.

    \b
    CHALLENGE is NAME or NAME:PATH.

    Methods that learn from simulations learn the physics of the forward model; where the spectra were made
    with others, they learn what is not so. Prints how far the model's spectra are from those of some hundred
    planets at their true parameters, in units of the noise, and which channels of which gas are worst.
    """
    from harness.cli.data_check import carry_out

    carry_out(**given)
