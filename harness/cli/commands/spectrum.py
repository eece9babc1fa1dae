"""`harness spectrum`: the forward model of one atmosphere, drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.figure_files import OUTPUT_KINDS
from harness.cli.options import NamedPath, json_option, opacities_option
from harness.cli.spectrum_options import columns_option, units_option


@click.command("spectrum")
@click.option("--radius", type=float, default=1.0, show_default=True, help="Planet radius at 10 bar [R_Jup].")
@click.option("--temperature", type=float, default=1200.0, show_default=True, help="Temperature [K].")
@click.option("--log-h2o", type=float, default=-4.0, show_default=True, help="log10 mixing ratio of H2O.")
@click.option("--log-co2", type=float, default=-7.0, show_default=True, help="log10 mixing ratio of CO2.")
@click.option("--log-co", type=float, default=-4.0, show_default=True, help="log10 mixing ratio of CO.")
@click.option("--log-ch4", type=float, default=-6.0, show_default=True, help="log10 mixing ratio of CH4.")
@click.option("--log-nh3", type=float, default=-7.0, show_default=True, help="log10 mixing ratio of NH3.")
@click.option("--star-radius", type=float, default=1.0, show_default=True, help="Star radius [R_Sun].")
@click.option("--planet-mass", type=float, default=1.0, show_default=True, help="Planet mass [M_Jup].")
@opacities_option("Directory of cross-sections.")
@click.option(
    "--grid",
    type=NamedPath(path_type=Path),
    metavar="FILE",
    help="Table of a measured spectrum, whose channels are taken, with their exact edges.",
)
@columns_option
@units_option
@click.option(
    "--output",
    "-o",
    type=NamedPath(dir_okay=False, path_type=Path),
    default="spectrum.png",
    show_default=True,
    metavar="FILE",
    help=f"What to write: {OUTPUT_KINDS}.",
)
@json_option
def command(**given: Any) -> None:
    """Draw the spectrum of an atmosphere, and what each gas adds.

    It is the transmission spectrum on the 52 channels of Ariel, or on those of a measured spectrum.
    """
    from harness.cli.spectrum import carry_out

    carry_out(**given)
