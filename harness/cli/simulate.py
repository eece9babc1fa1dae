"""`harness simulate`: a challenge from scratch, in the official layout."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import device_option

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from harness.simulation.challenge import Part


@click.command("simulate")
@click.argument("directory", type=click.Path(path_type=Path))
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
    help="N test planets more that are shifted: clouds, profile, species, star or misfit; repeatable.",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="SHIFT.OPTION=VALUE",
    help="How strong a shift is, for example clouds.highest=10.",
)
@click.option(
    "--traces",
    type=click.IntRange(min=0),
    metavar="N",
    help="Reference posteriors by nested sampling of the first N training planets and all test planets.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of every draw.")
@click.option(
    "--opacities",
    default="built-in",
    show_default=True,
    metavar="DIR",
    help="Directory of cross-sections for the forward model, or those of the band model.",
)
@device_option
def command(
    directory: Path,
    planets: int,
    test: int,
    shifts: Sequence[str],
    settings: Sequence[str],
    traces: int | None,
    seed: int,
    opacities: str,
    device: str,
) -> None:
    """Simulate a challenge into DIRECTORY, in the layout of the Ariel Data Challenge 2023.

    `ariel2023:DIRECTORY` is then a challenge like any other. The same options give the same bytes.
    Retrievals take a while: interrupted, the same command goes on with the planets not yet finished.
    """
    from harness.challenges.ariel2023_writer import write_ariel2023
    from harness.errors import HarnessError
    from harness.machine import resolve_device
    from harness.physics.builtin_opacities import named_directory
    from harness.simulation.challenge import SCHEMA, simulate
    from harness.simulation.forward import Forward
    from harness.simulation.parts import parse_parts
    from harness.simulation.traced import number_of_traces, with_traces
    from harness.storage import is_disk_full, require_space

    parts = parse_parts(test, shifts, settings)
    if directory.exists():
        raise HarnessError(f"{directory} exists already; choose another place or remove it.")
    n_planets = planets + sum(part.planets for part in parts)
    if traces is None and any(part.shift.name == "misfit" for part in parts):
        raise HarnessError("The shift 'misfit' displaces reference posteriors; ask for some with --traces N.")
    require_space(_existing_parent(directory), n_planets * _BYTES_OF_A_PLANET)
    tables = named_directory(opacities)
    forward = Forward(tables, resolve_device(device))
    with _progress("planets", n_planets) as advance:
        splits = simulate(planets, parts, seed, forward, advance)
    work = directory.with_name(f".{directory.name}.traces")
    if traces is not None:
        n_traces = number_of_traces(splits, traces)
        with _progress("retrievals", n_traces) as advance:
            splits = with_traces(splits, traces, parts, SCHEMA, tables, seed, work, advance)
    try:
        write_ariel2023(directory, SCHEMA, splits)
    except OSError as error:
        if is_disk_full(error):
            raise
        raise HarnessError(f"{directory} cannot be written ({error.strerror}).") from error
    shutil.rmtree(work, ignore_errors=True)
    click.echo(f"{directory}: {planets:,} training planets, test planets: {_summary(parts)}")


_BYTES_OF_A_PLANET = 8 * 1024  # spectra take half of it, tables and the empty traces the rest


def _summary(parts: Sequence[Part]) -> str:
    return ", ".join(f"{part.planets:,} {part.shift.name}" for part in parts)


def _existing_parent(directory: Path) -> Path:
    from harness.errors import HarnessError

    parent = directory.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise HarnessError(
            f"{directory} cannot be written, because {parent} is a file; choose another place."
        )
    return parent


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on standard error, where that is a terminal."""
    from harness.run import Run

    run = Run(name="simulate", quiet=False)
    with run.progress(what, total) as advance:
        yield advance
