"""`harness reconstruct`: the channels that were not seen, from those that were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.options import NamedPath, device_option, home_option, json_option


@click.command("reconstruct")
@click.argument("run", metavar="RUN")
@click.option(
    "--mask",
    "masks",
    multiple=True,
    required=True,
    metavar="A-B",
    help="Wavelengths to fill in [um], such as 1.0-1.7; may be given several times.",
)
@click.option("--planet", metavar="ID", help="Which test planet.  [default: the first]")
@click.option(
    "--output",
    "-o",
    type=NamedPath(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Picture to write (.png).  [default: reconstructions/ID.png in the run's folder]",
)
@device_option
@home_option
@json_option
def reconstruct(**given: Any) -> None:
    """Fill in missing channels with the generator of a RUN.

    \b
    RUN is the id of a run of 'exogan', the beginning of it, its label, "latest", or its folder.

    Channels whose centre lies in a mask are not looked at. Prints what was observed there beside what was
    reconstructed, and draws both. The spread is the 1-sigma error of the reconstruction as a spectrum without
    noise; the last column counts the noise of the observation too.
    """
    # torch comes with it, and no help has to wait for that
    from harness_gan.reconstructing import carry_out

    carry_out(**given)
