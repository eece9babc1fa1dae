"""`harness explore`: what is in the spectra of a challenge, before any method has learned from them."""

from __future__ import annotations

from typing import Any

import click

from harness.cli.options import device_option, json_option, outputs_option, seed_option, settings_option


@click.command("explore")
@click.argument("challenge")
@click.option(
    "--embedder",
    "-m",
    default="autoencoder",
    show_default=True,
    metavar="NAME",
    help="Whose latent space to look at; one that is fitted to spectra alone.",
)
@click.option(
    "--preprocessor",
    "-p",
    default="scale-heights",
    show_default=True,
    metavar="NAME",
    help="What makes the features that the embedder is fitted to.",
)
@click.option(
    "--form",
    type=click.Choice(["log", "depth", "shape"]),
    default="log",
    show_default=True,
    help="What is decomposed: logarithms of the depths, depths, or each spectrum less its mean and over its "
    "spread.",
)
@click.option(
    "--components",
    type=click.IntRange(2, 20),
    default=6,
    show_default=True,
    help="Principal and independent components.",
)
@click.option(
    "--clusters", type=click.IntRange(1, 8), default=5, show_default=True, help="Groups of planets, at most."
)
@click.option(
    "--planets",
    type=click.IntRange(100, 100_000),
    default=2000,
    show_default=True,
    help="Planets that mutual information is estimated from, at most.",
)
@outputs_option("both, named after the challenge")
@seed_option("Of groups, independent components and uncertainties.")
@settings_option("the challenge, the preprocessor or the embedder", "embedder.components=8")
@device_option
@json_option
def command(**given: Any) -> None:
    """Look at the training spectra of CHALLENGE without any method.

    \b
    CHALLENGE is NAME or NAME:PATH.

    Draws principal and independent components, groups, mean against spread, and an embedder's latent space,
    all coloured by the parameters, and what each of these numbers says about each parameter [bits]. Prints
    what is to be remembered, and what was written.
    """
    from harness.cli.explore import carry_out

    carry_out(**given)
