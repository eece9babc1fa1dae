"""`harness opacities foreign`: opacities that are not those of the model at hand."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import NumberRange, new_directory_option, opacities_option, seed_option


@click.command("foreign")
@new_directory_option
@seed_option("Of every draw.")
@opacities_option("Directory of cross-sections to change, or those of the band model.")
@click.option(
    "--scale",
    type=NumberRange(min=0, max=10),
    default=1.0,
    show_default=True,
    help="How much is changed: 0 nothing but the grid, 1 about as much as line lists differ.",
)
def command(**given: Any) -> None:
    """Write opacities as another group would have them.

    The cross-sections of H2O, CO2, CO, CH4 and NH3 are changed smoothly in strength (0.1 to 0.3 dex) and in
    what temperature and pressure do to them, their lines get other places and another contrast, and the grid
    another resolution: spectra made with them are misspecified for whoever has the ones they were made from.
    Collision-induced absorption is copied. The same seed gives the same bytes.
    """
    from harness.cli.opacities_foreign import carry_out

    carry_out(**given)
