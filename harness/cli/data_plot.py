"""`harness data plot`: a planet of a challenge, or all of them, as pictures and as a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness.challenges import load
from harness.cli.figure_files import figure_kind, write_page, write_picture
from harness.components.settings import options_for, parse_settings, refuse_unused
from harness.figures.pictures import planet_pictures, population_pictures
from harness.figures.planet import planet_of
from harness.figures.population import population
from harness.figures.report import planet_page, population_page
from harness.untrusted.words import printable


def carry_out(
    challenge: str, planet: str | None, split: str | None, outputs: Sequence[Path], settings: Sequence[str]
) -> None:
    """Draw the planets of CHALLENGE, or one of them."""
    name = challenge.partition(":")[0]
    kinds = [(path, figure_kind(path)) for path in outputs]  # refused before anything is loaded
    parsed = parse_settings(settings)
    refuse_unused(parsed, ["challenge", name])
    loaded = load(challenge, options_for(parsed, "challenge", name))
    if not kinds:
        stem = "-".join(filter(None, [name, planet, split if planet is None else None]))
        kinds = [(Path(f"{stem}.png"), "png"), (Path(f"{stem}.html"), "html")]
    one = None if planet is None else planet_of(loaded, planet, split)
    everyone = population(loaded, split, None if one is None else (one.name, one.observed))
    for path, kind in kinds:
        if kind == "html":
            write_page(population_page(everyone) if one is None else planet_page(one, everyone), path)
            click.echo(printable(str(path)))
            continue
        pictures = population_pictures(everyone) if one is None else planet_pictures(one, everyone)
        for suffix, figure in pictures:
            written = path.with_name(f"{path.stem}{suffix}{path.suffix}")
            write_picture(figure, written)
            click.echo(printable(str(written)))
    for note in (everyone if one is None else one).notes:
        click.echo(printable(f"Note: {note}"), err=True)
