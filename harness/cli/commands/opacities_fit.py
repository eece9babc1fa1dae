"""`harness opacities fit`: learn cross-sections from the training spectra of a challenge."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import (
    device_option,
    json_option,
    new_directory_option,
    seed_option,
    settings_option,
)
from harness.fitted_opacities.settings import FitSettings


@click.command("fit")
@click.argument("challenge")
@new_directory_option
@click.option(
    "--steps", type=click.IntRange(min=1), default=FitSettings.steps, show_default=True, help="At most."
)
@seed_option("Of the planets' order.")
@click.option("--resume", is_flag=True, help="Go on with a fit into DIR that was interrupted.")
@settings_option("the challenge", "challenge.opacities=DIR")
@device_option
@json_option
def command(**given: Any) -> None:
    """Learn cross-sections from the training spectra of CHALLENGE.

    \b
    CHALLENGE is NAME or NAME:PATH.

    Where spectra were made with other opacities than those that are at hand, these can be changed until they
    make the spectra: the fit begins with the challenge's own (its option opacities) and moves their strength
    and their dependence on temperature and pressure at every wavenumber, until planets held out are met no
    better. DIR is then a directory of opacities like any other, for --set challenge.opacities=DIR, for
    harness spectrum and simulate, and for TauREx. A figure of the residuals before and after and a table of
    what was changed lie in it too.
    """
    from harness.cli.opacities_fit import carry_out

    carry_out(**given)
