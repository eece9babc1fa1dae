"""`harness simulate`: a challenge from scratch, in the official layout or in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import (
    NamedPath,
    cluster_option,
    device_option,
    opacities_option,
    seed_option,
    settings_option,
)
from harness.cli.spectrum_options import columns_option, units_option, widths_option


@click.command("simulate")
@click.argument("target", type=NamedPath(path_type=Path))
@click.option(
    "--planets", type=click.IntRange(min=2), default=5000, show_default=True, help="Training planets."
)
@click.option(
    "--test", type=click.IntRange(min=1), default=128, show_default=True, help="Matched test planets."
)
@click.option(
    "--shift",
    "shifts",
    multiple=True,
    metavar="NAME=N",
    help="N test planets more, shifted: clouds, profile, species, star, misfit or mixture; repeatable.",
)
@settings_option("a shift", "clouds.highest=10")
@click.option(
    "--traces",
    type=click.IntRange(min=0),
    metavar="N",
    help="Reference posteriors by nested sampling of the first N training planets and all test planets.",
)
@seed_option("Of every draw.")
@opacities_option("Directory of cross-sections for the forward model, or those of the band model.")
@click.option(
    "--collisions",
    multiple=True,
    metavar="PAIR",
    help="Collision-induced absorption in the spectra, such as H2-H2, of a .cia file there; repeatable.",
)
@click.option(
    "--channels",
    type=NamedPath(path_type=Path),
    metavar="SPECTRUM",
    help="A measured spectrum, whose channels and errors the challenge has instead of Ariel's.",
)
@click.option("--gases", metavar="NAME,NAME,...", help="Absorbing gases, with --channels.")
@click.option(
    "--star-radius", type=float, metavar="R_SUN", help="With --channels: planets like that of such a star,"
)
@click.option("--planet-mass", type=float, metavar="M_JUP", help="and of such a mass.")
@columns_option
@units_option
@widths_option
@device_option
@cluster_option("retrievals of --traces")
def command(**given: Any) -> None:
    """Simulate a challenge into TARGET, a directory or a file.

    It is one file if its name ends in .h5. A directory has the layout of the Ariel Data Challenge 2023, and
    `ariel2023:TARGET` is then a challenge like any other. A file is compact (float32, traces of at most 2,000
    rows), and its challenge is `simulated:TARGET`. The same options give the same bytes. Retrievals take a
    while: interrupted, the same command goes on with the planets not yet finished.

    With --channels it is a challenge, in one file, on the channels of a real spectrum, with its errors as
    noise and the gases that are named: isothermal atmospheres without clouds.
    """
    from harness.cli.simulate import carry_out

    carry_out(**given)
