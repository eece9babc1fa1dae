"""`harness simulate`: a challenge from scratch, in the official layout or in one file."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
import torch

from harness.challenges import Split
from harness.challenges.ariel2023.forward_model import ArielForwardModel
from harness.challenges.ariel2023.writer import write_ariel2023
from harness.challenges.simulated_file import write_challenge_file
from harness.cli.simulate_channels import on_channels, refuse_with_channels, refuse_without_channels
from harness.cli.simulate_writing import (
    BYTES_OF_A_PLANET,
    BYTES_OF_A_TRACE,
    options_given,
    publish,
    refuse_existing,
    retrieval_progress,
    retrieving_on,
    simulate_progress,
    writing_alone,
)
from harness.cli.termination import stop_as_by_control_c
from harness.components.device import resolve_device
from harness.data.schema import Schema
from harness.errors import HarnessError, counted
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
    channels: Path | None,
    cluster: str | None,
    **of_channels: Any,
) -> None:
    """Simulate a challenge into TARGET, a directory or a file."""
    stop_as_by_control_c()
    elsewhere = retrieving_on(cluster, traces)
    if channels is not None:
        refuse_with_channels(shifts, settings, collisions)
        on_channels(
            target, planets, test, traces, seed, opacities, device, channels, elsewhere, **of_channels
        )
        return
    refuse_without_channels(of_channels)
    parts = parse_parts(test, shifts, settings)
    refuse_existing(target)
    n_planets = planets + sum(part.planets for part in parts)
    if traces is None and any(part.shift.name == "misfit" for part in parts):
        raise HarnessError("The shift 'misfit' displaces reference posteriors; ask for some with --traces N.")
    n_bytes = n_planets * BYTES_OF_A_PLANET
    if traces is not None:
        n_bytes += (n_planets - planets + min(traces, planets)) * BYTES_OF_A_TRACE
    tables = named_directory(opacities)
    if (unsaid := unsaid_units(select_cross_sections(tables, GASES))) is not None:
        click.echo(printable(f"Warning: {unsaid}"), err=True)
    forward = Forward(tables, resolve_device(device), collisions)
    with writing_alone(target, n_bytes) as work:
        with simulate_progress("planets", n_planets) as advance:
            splits = simulate(planets, parts, seed, forward, advance)
        if forward.temperature_warning is not None:
            warnings.warn(forward.temperature_warning, stacklevel=1)
        if traces is not None:
            with retrieval_progress(number_of_traces(splits, traces)) as advance:
                model = ArielForwardModel(
                    SCHEMA, str(tables.absolute()), torch.float32, collisions=collisions
                )
                splits = with_traces(
                    splits, traces, parts, SCHEMA, model, seed, work, advance, elsewhere=elsewhere
                )
        publish(target, lambda: _write(target, SCHEMA, splits, seed), work, traces is not None)
    click.echo(printable(f"{target}: {counted(planets, 'training planet')}, test planets: {_summary(parts)}"))


def _write(target: Path, schema: Schema, splits: Mapping[str, Split], seed: int) -> None:
    if target.suffix != ".h5":
        write_ariel2023(target, schema, splits)
        return
    made_by = shlex.join(["harness", "simulate", *options_given()])
    write_challenge_file(target, schema, with_fewer_rows(splits, seed), made_by, version("ariel-harness"))


def _summary(parts: Sequence[Part]) -> str:
    return ", ".join(f"{part.planets:,} {part.shift.name}" for part in parts)
