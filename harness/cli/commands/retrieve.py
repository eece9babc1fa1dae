"""`harness retrieve`: the atmosphere behind a measured spectrum."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import SEED, NamedPath, home_option, json_option
from harness.cli.spectrum_options import columns_option, units_option, widths_option


@click.command("retrieve")
@click.argument("files", metavar="FILE...", type=NamedPath(path_type=Path), nargs=-1, required=True)
@click.option("--star-radius", type=float, metavar="R_SUN", help="Radius of the star [R_Sun].")
@click.option("--planet-mass", type=float, metavar="M_JUP", help="Mass of the planet [M_Jup].")
@click.option("--star-temperature", type=float, metavar="K", help="Effective temperature of the star [K].")
@click.option("--gases", metavar="NAME,NAME,...", help="Absorbing gases.  [default: H2O,CO2,CO,CH4]")
@click.option(
    "--temperature",
    type=click.Choice(["isothermal", "guillot", "nodes"]),
    help="Temperature profile.  [default: isothermal]",
)
@click.option(
    "--clouds",
    type=click.Choice(["none", "deck", "haze", "patchy"]),
    help="Clouds and hazes.  [default: none]",
)
@click.option(
    "--star",
    type=click.Choice(["none", "spots"]),
    help="Contamination by spots and faculae of the star.  [default: none]",
)
@click.option("--offsets/--no-offsets", default=None, help="An offset of every instrument but the first.")
@click.option(
    "--inflate-errors/--no-inflate-errors",
    default=None,
    help="An error of every instrument that adds to its own.",
)
@click.option(
    "--method",
    type=click.Choice(["nested-sampling", "npe", "vi"]),
    help="How the posterior is found.  [default: nested-sampling]",
)
@click.option(
    "--estimator",
    metavar="NAME",
    help="The density that --method npe trains, or that vi climbs with.  [default: npe-kl, or vi]",
)
@click.option(
    "--reference-pressure", type=float, metavar="PA", help="Pressure at the planet's radius.  [default: 1000]"
)
@click.option("--opacities", metavar="DIR", help="Directory of cross-sections.  [default: built-in]")
@click.option(
    "--prior",
    "priors",
    multiple=True,
    metavar="NAME=LOW,HIGH",
    help="Bounds of a uniform prior; repeatable. Of planet_mass, it is inferred too.",
)
@click.option(
    "--config",
    type=NamedPath(path_type=Path),
    metavar="FILE",
    help="TOML file with the same keys; the command line wins.",
)
@columns_option
@units_option
@widths_option
@click.option(
    "--layers",
    type=click.IntRange(20, 100),
    metavar="N",
    help="Layers of the model that explores; 100, of extended atmospheres.  [default: 50]",
)
@click.option("--live-points", type=click.IntRange(min=50), metavar="N", help="Live points.  [default: 400]")
@click.option(
    "--effective", type=click.IntRange(min=100), metavar="N", help="Effective sample size.  [default: 2000]"
)
@click.option("--seed", type=SEED, metavar="N", help="Of every random number.  [default: 0]")
@click.option(
    "--output",
    "-o",
    type=NamedPath(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where to write the results too; a folder that is not there yet.  [default: only the run's folder]",
)
@click.option(
    "--compare",
    is_flag=True,
    help="Retrieve again without each gas, clouds and profile, and compare the evidence.",
)
@click.option("--name", metavar="LABEL", help="A label to find the run by.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the same retrieval that was interrupted; one that has finished is not repeated.",
)
@home_option
@json_option
def command(**given: Any) -> int:
    """Infer the atmosphere behind the measured spectrum in FILE.

    \b
    FILE is a table of a planet's transit depths as its community wrote it; several
    files are several instruments. `harness data describe FILE` shows what is read.

    Prints median and 68% interval of each parameter, evidence and goodness of fit; writes posteriors,
    pictures and one page. It is a recorded run: `harness leaderboard` compares methods on one spectrum.
    """
    from harness.cli.retrieve import carry_out

    return carry_out(**given)
