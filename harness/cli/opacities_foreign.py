"""`harness opacities foreign`: opacities that are not those of the model at hand."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli.options import new_directory_option, opacities_option, seed_option
from harness.errors import HarnessError
from harness.files.storage import is_disk_full
from harness.physics.builtin_opacities import named_directory
from harness.simulation.foreign_opacities import Change, write_foreign_opacities
from harness.untrusted.words import printable


@click.command("foreign")
@new_directory_option
@seed_option("Of every draw.")
@opacities_option("Directory of cross-sections to change, or those of the band model.")
@click.option(
    "--scale",
    type=click.FloatRange(min=0, max=10),
    default=1.0,
    show_default=True,
    help="How much is changed: 0 nothing but the grid, 1 about as much as line lists differ.",
)
def command(output: Path, seed: int, opacities: str, scale: float) -> None:
    """Write opacities as another group would have them.

    The cross-sections of H2O, CO2, CO, CH4 and NH3 are changed smoothly in strength (0.1 to 0.3 dex) and in
    what temperature and pressure do to them, their lines get other places and another contrast, and the grid
    another resolution: spectra made with them are misspecified for whoever has the ones they were made from.
    Collision-induced absorption is copied. The same seed gives the same bytes.
    """
    try:
        write_foreign_opacities(named_directory(opacities), output, seed, Change().scaled(scale))
    except OSError as error:
        reason = "the disk is full" if is_disk_full(error) else error.strerror or str(error)
        raise HarnessError(
            f"{output} cannot be written ({reason}); nothing half-written was left."
        ) from error
    click.echo(printable(f"{output}: foreign opacities of seed {seed}"))
