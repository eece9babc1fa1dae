"""`harness data plot`: a planet of a challenge, or all of them, as pictures and as a page."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import outputs_option, settings_option


@click.command("plot")
@click.argument("challenge")
@click.option("--planet", metavar="ID", help="Draw this planet: its spectrum, and its trace if it has one.")
@click.option("--split", metavar="NAME", help="Only this split: train, valid, test or unlabelled.")
@outputs_option("both, named after challenge and planet")
@settings_option("the challenge", "challenge.noise=true")
def command(**given: Any) -> None:
    """Draw the planets of CHALLENGE, or one of them.

    \b
    CHALLENGE is NAME or NAME:PATH.
    Without --planet the population: parameters, spectra, noise, auxiliary facts, how they hang together,
    and traces, for every split and partition.
    With --planet its spectrum, what each gas adds to it, its trace against its true parameters, and its
    place in the population.

    HTML is one page with everything, which needs no network. PNG is a picture for each: FILE, and
    beside it FILE-corner.png and FILE-population.png where a planet is chosen. Prints what was written,
    and as notes what there was not to draw.
    """
    from harness.cli.data_plot import carry_out

    carry_out(**given)
