"""`harness explore`: what is in the spectra of a challenge, before any method has learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from harness.challenges import load
from harness.cli.figure_files import OUTPUT_KINDS
from harness.cli.options import device_option, json_option, print_json, seed_option, settings_option
from harness.cli.view_files import requested, show_findings, write_view
from harness.components.device import resolve_device
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.explore.exploration import Looks, explore
from harness.explore.latents import latents
from harness.explore.view import exploration_view
from harness.registry.plugins import registry
from harness.runs.assembly import Choice

PREFERRED, OTHERWISE = "autoencoder", "pca"  # embedders


@click.command("explore")
@click.argument("challenge")
@click.option(
    "--embedder",
    "-m",
    metavar="NAME",
    help=f"Whose latent space to look at; one that is fitted to spectra alone.  [default: {PREFERRED} where "
    f"it is installed, else {OTHERWISE}]",
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
@click.option(
    "--output",
    "-o",
    "outputs",
    type=click.Path(dir_okay=False, path_type=Path),
    multiple=True,
    metavar="FILE",
    help=f"What to write, {OUTPUT_KINDS}; may be given twice.  [default: both, named after the challenge]",
)
@seed_option("Of groups, independent components and uncertainties.")
@settings_option("the challenge, the preprocessor or the embedder", "embedder.components=8")
@device_option
@json_option
def command(
    challenge: str,
    embedder: str | None,
    preprocessor: str,
    form: Any,
    components: int,
    clusters: int,
    planets: int,
    outputs: Sequence[Path],
    seed: int,
    settings: Sequence[str],
    device: str,
    as_json: bool,
) -> None:
    """Look at the training spectra of CHALLENGE without any method.

    \b
    CHALLENGE is NAME or NAME:PATH.

    Draws principal and independent components, groups, mean against spread, and an embedder's latent space,
    all coloured by the parameters, and what each of these numbers says about each parameter [bits]. Prints
    what is to be remembered, and what was written.
    """
    name = challenge.partition(":")[0]
    files = requested(outputs, f"{name}-explored")
    parsed = parse_settings(settings)
    embedder = embedder or _installed()
    refuse_unused(parsed, ["challenge", name, "preprocessor", preprocessor, "embedder", embedder])
    before = Choice.of(
        "preprocessor", preprocessor, options_for(parsed, "preprocessor", preprocessor)
    ).build()
    chosen = Choice.of("embedder", embedder, options_for(parsed, "embedder", embedder)).build()
    loaded = load(challenge, options_for(parsed, "challenge", name))
    looks = Looks(form, components, clusters, planets, seed, quiet=False)
    embedding = latents(before, chosen, loaded.train, loaded.schema, resolve_device(device), seed)
    found = explore(loaded, embedding, looks)
    view = exploration_view(found)
    write_view(view, files)
    if as_json:
        print_json(found.document() | {"written": [str(path.absolute()) for path, _ in files]})
        return
    show_findings(view, files)


def _installed() -> str:
    """The embedder that is looked at where none is named."""
    return (
        PREFERRED
        if any(one.kind == "embedder" and one.name == PREFERRED for one in registry())
        else OTHERWISE
    )
