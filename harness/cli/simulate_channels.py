"""`harness simulate --channels`: a challenge on the channels of a measured spectrum."""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from harness.challenges.simulated_file import write_challenge_file
from harness.cli.simulate_writing import (
    BYTES_OF_A_TRACE,
    options_given,
    publish,
    refuse_existing,
    retrieval_progress,
    simulate_progress,
    writing_alone,
)
from harness.cli.spectrum_options import given_layout
from harness.components.device import resolve_device
from harness.components.places import found_from_anywhere
from harness.data.split import Split
from harness.errors import HarnessError, counted
from harness.physics.builtin_opacities import BUILT_IN
from harness.real_spectra.config import parse_names
from harness.real_spectra.reading import Widths, read_spectra
from harness.real_spectra.spectrum import HostFacts
from harness.retrieval.reference_traces import Elsewhere
from harness.simulation.challenge import Part
from harness.simulation.compact import with_fewer_rows
from harness.simulation.instrument import instrument_of, simulate_instrument, temperature_warning
from harness.simulation.shifts import Matched
from harness.simulation.traced import number_of_traces, with_traces
from harness.untrusted.words import printable


def on_channels(
    target: Path,
    planets: int,
    test: int,
    traces: int | None,
    seed: int,
    opacities: str,
    device: str,
    channels: Path,
    elsewhere: Elsewhere | None,
    gases: str | None,
    star_radius: float | None,
    planet_mass: float | None,
    columns: str | None,
    units: str | None,
    widths: Widths | None,
) -> None:
    """Simulate a challenge with the channels and errors of a spectrum into TARGET, a file.

    Raises:
        HarnessError: an option is missing or does not fit, the spectrum cannot be read, a gas has no
            opacities, or the target is there already or cannot be written.
    """
    if target.suffix != ".h5":
        raise HarnessError(
            f"{target}: a challenge on other channels than Ariel's is one file; give it a name that ends in "
            ".h5."
        )
    refuse_existing(target)
    if gases is None:
        raise HarnessError("--channels needs the absorbing gases, such as --gases H2O,CO2,CO,CH4.")
    host = _host(star_radius, planet_mass)
    spectrum = read_spectra([channels], host, given_layout(columns, units), widths)
    for note in spectrum.notes:
        click.echo(printable(f"Note: {note}"), err=True)
    if spectrum.covariance is not None:
        click.echo("Note: the planets' noise is that of the covariance's diagonal alone.", err=True)
    named = opacities if opacities == BUILT_IN else found_from_anywhere(opacities)
    instrument = instrument_of(spectrum, parse_names(gases), named, host)
    n_planets, schema = planets + test, instrument.schema
    n_bytes = 8 * n_planets * (2 * len(spectrum) + 16)
    if traces is not None:
        n_bytes += (test + min(traces, planets)) * BYTES_OF_A_TRACE
    with writing_alone(target, n_bytes) as work:
        with simulate_progress("planets", n_planets) as advance:
            splits = simulate_instrument(instrument, planets, test, seed, resolve_device(device), advance)
        if (warning := temperature_warning(instrument, splits)) is not None:
            warnings.warn(warning, stacklevel=1)
        if traces is not None:
            parts = [Part(Matched.create(), test)]
            with retrieval_progress(number_of_traces(splits, traces)) as advance:
                splits = with_traces(
                    splits,
                    traces,
                    parts,
                    schema,
                    instrument.forward,
                    seed,
                    work,
                    advance,
                    elsewhere=elsewhere,
                )

        def write(done: Mapping[str, Split] = splits) -> None:
            made_by = shlex.join(["harness", "simulate", *options_given()])
            write_challenge_file(
                target,
                schema,
                with_fewer_rows(done, seed),
                made_by,
                version("ariel-harness"),
                instrument.described,
            )

        publish(target, write, work, traces is not None)
    n = len(instrument.described.gases)
    click.echo(
        printable(
            f"{target}: {planets:,} training and {test:,} test planets on "
            f"{counted(len(spectrum), 'channel')} with {n} gas{'' if n == 1 else 'es'}; isothermal, "
            "without clouds"
        )
    )


def refuse_with_channels(shifts: Sequence[str], settings: Sequence[str], collisions: Sequence[str]) -> None:
    """Refuse options that only a challenge on Ariel's channels has.

    Raises:
        HarnessError: one is given.
    """
    for option, given, why in (
        ("--shift", shifts, "shifts are of planets that Ariel sees"),
        ("--set", settings, "it has no shifts"),
        ("--collisions", collisions, "collision-induced absorption of H2 and He is always in its spectra"),
    ):
        if given:
            raise HarnessError(f"{option} cannot be used with --channels: {why}; leave it out.")


def refuse_without_channels(given: Mapping[str, Any]) -> None:
    """Refuse options that only a challenge on other channels has.

    Raises:
        HarnessError: one is given.
    """
    for name, value in given.items():
        if value is not None:
            raise HarnessError(
                f"--{name.replace('_', '-')} says something of --channels, which is not given."
            )


def _host(star_radius: float | None, planet_mass: float | None) -> HostFacts | None:
    if star_radius is None and planet_mass is None:
        return None
    if star_radius is None or planet_mass is None:
        missing = "--planet-mass" if planet_mass is None else "--star-radius"
        raise HarnessError(
            f"Planets like one planet need its star's radius and its mass; give {missing} too."
        )
    for name, value in (("--star-radius", star_radius), ("--planet-mass", planet_mass)):
        if not 0 < value < 1e3:
            raise HarnessError(f"{name} is {value:g}; expected a number above 0 and below 1000.")
    return HostFacts(star_radius, planet_mass)
