"""`harness explain`: what a recorded run's method looks at, and where it fails."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import (
    NumberRange,
    device_option,
    home_option,
    json_option,
    outputs_option,
    seed_option,
)


@click.command("explain")
@click.argument("run", metavar="RUN")
@click.option(
    "--planets",
    type=click.IntRange(2, 100_000),
    default=64,
    show_default=True,
    help="Test planets that every question is about, at most.",
)
@click.option(
    "--samples",
    type=click.IntRange(100, 5000),
    default=1000,
    show_default=True,
    help="Posterior samples of each planet.",
)
@click.option(
    "--score",
    type=click.Choice(["auto", "ariel-official", "ariel", "truth"]),
    default="auto",
    show_default=True,
    help="What answers are scored by: the posterior part of a scorer, against reference posteriors, or the "
    "CRPS against the true parameters; auto takes the first of them that the challenge allows.",
)
@click.option(
    "--minutes",
    type=NumberRange(min=0, min_open=True),
    default=20,
    show_default=True,
    help="Refuse what would take longer.",
)
@outputs_option("both, named after the run, in the current folder")
@seed_option("Of what is exchanged between planets, drawn and permuted.")
@device_option
@home_option
@json_option
def command(**given: Any) -> None:
    """Look at what the method of a RUN does with spectra, and where it fails.

    \b
    RUN is a run's id, the beginning of it, its label, "latest", or its folder.

    Asks the method again about test planets that differ in one thing: a channel, a molecule's band or a fact
    exchanged with another planet's, a band masked, noise, a corrupted channel, a gain, a slope. Compares the
    test planets with the training planets as the method sees them, and finds the groups that it fails on.
    Prints what is to be remembered, and what was written.
    """
    from harness.cli.explain import carry_out

    carry_out(**given)
