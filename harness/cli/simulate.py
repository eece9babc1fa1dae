"""`harness simulate`: a challenge from scratch, in the official layout or in one file."""

from __future__ import annotations

import glob
import shlex
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import click

from harness.challenges import Split
from harness.challenges.ariel2023.writer import write_ariel2023
from harness.challenges.simulated_file import write_challenge_file
from harness.cli.termination import stop_as_by_control_c
from harness.components.device import resolve_device
from harness.components.run import Run
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.files.storage import is_disk_full, require_space
from harness.physics import GASES
from harness.physics.builtin_opacities import named_directory
from harness.physics.opacity_directory import select_cross_sections, unsaid_units
from harness.simulation.challenge import SCHEMA, Part, simulate
from harness.simulation.compact import with_fewer_rows
from harness.simulation.forward import Forward
from harness.simulation.parts import parse_parts
from harness.simulation.traced import number_of_traces, with_traces
from harness.untrusted.words import printable


def carry_out(
    target: Path,
    planets: int,
    test: int,
    shifts: Sequence[str],
    settings: Sequence[str],
    traces: int | None,
    seed: int,
    opacities: str,
    collisions: Sequence[str],
    device: str,
) -> None:
    """Simulate a challenge into TARGET, a directory or a file."""
    stop_as_by_control_c()
    parts = parse_parts(test, shifts, settings)
    if target.exists():
        raise HarnessError(f"{target} exists already; choose another place or remove it.")
    n_planets = planets + sum(part.planets for part in parts)
    if traces is None and any(part.shift.name == "misfit" for part in parts):
        raise HarnessError("The shift 'misfit' displaces reference posteriors; ask for some with --traces N.")
    n_bytes = n_planets * _BYTES_OF_A_PLANET
    if traces is not None:
        n_bytes += (n_planets - planets + min(traces, planets)) * _BYTES_OF_A_TRACE
    require_space(_existing_parent(target), n_bytes, "choose another place")
    tables = named_directory(opacities)
    if (unsaid := unsaid_units(select_cross_sections(tables, GASES))) is not None:
        click.echo(printable(f"Warning: {unsaid}"), err=True)
    forward = Forward(tables, resolve_device(device), collisions)
    with _progress("planets", n_planets) as advance:
        splits = simulate(planets, parts, seed, forward, advance)
    if forward.temperature_warning is not None:
        warnings.warn(forward.temperature_warning, stacklevel=1)
    work = target.with_name(f".{target.name}.traces")
    if traces is not None:
        n_traces = number_of_traces(splits, traces)
        with _progress("retrievals", n_traces) as advance:
            splits = with_traces(splits, traces, parts, SCHEMA, tables, seed, work, advance)
    try:
        _write(target, SCHEMA, splits, seed)
    except OSError as error:
        reason = "the disk is full" if is_disk_full(error) else error.strerror
        kept = "" if traces is None else ": retrievals are kept, and the same command takes them up"
        raise HarnessError(
            f"{target} cannot be written ({reason}) and nothing half-written was left; mend that or "
            f"choose another place{kept}."
        ) from error
    for done_with in (work, *target.parent.glob(f".{glob.escape(target.name)}.*.partial")):
        if done_with.is_dir():  # the partial ones are of commands that were killed
            shutil.rmtree(done_with, ignore_errors=True)
        else:
            done_with.unlink(missing_ok=True)
    click.echo(printable(f"{target}: {planets:,} training planets, test planets: {_summary(parts)}"))


def _write(target: Path, schema: Schema, splits: Mapping[str, Split], seed: int) -> None:
    if target.suffix != ".h5":
        write_ariel2023(target, schema, splits)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    made_by = shlex.join(["harness", "simulate", *_options_given()])
    write_challenge_file(target, schema, with_fewer_rows(splits, seed), made_by, version("ariel-harness"))


def _options_given() -> list[str]:
    """What was asked for, without the place it is written to and the device, which do not change it."""
    given: list[str] = []
    for name, value in click.get_current_context().params.items():
        if name in ("target", "device") or value is None:
            continue
        option = {"shifts": "--shift", "settings": "--set"}.get(name, f"--{name}")
        for one in value if isinstance(value, tuple) else (value,):
            given += [option, str(one)]
    return given


_BYTES_OF_A_PLANET = 8 * 1024  # spectra take half of it, tables and the empty traces the rest
_BYTES_OF_A_TRACE = 400 * 1024  # 3,000 rows of 8 numbers, kept until all of them are written once more


def _summary(parts: Sequence[Part]) -> str:
    return ", ".join(f"{part.planets:,} {part.shift.name}" for part in parts)


def _existing_parent(target: Path) -> Path:
    parent = target.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise HarnessError(f"{target} cannot be written, because {parent} is a file; choose another place.")
    return parent


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Progress on standard error."""
    run = Run(name="simulate", quiet=False)
    with run.progress(what, total) as advance:
        yield advance
