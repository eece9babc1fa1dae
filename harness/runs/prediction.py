"""A recorded run's answer for spectra of its user's own."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from harness.data.host_facts import PLANET_MASS, STAR_RADIUS
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError, nearest_match
from harness.files.spectrum_columns import Given
from harness.files.spectrum_file import own_fraction, read_noise, read_spectrum_file


@dataclass(frozen=True)
class Seen:
    """What a run is asked about.

    Arguments:
        observations: the spectra of a file as the planets of a challenge, named after the file.
        written: their noise as the file writes it (N, W), where it alone names a unit; else None.
        notes: what was found out about the file and its user should know, a sentence each.
    """

    observations: Observations
    written: Tensor | None = None
    notes: tuple[str, ...] = ()


def read_observations(
    schema: Schema, spectrum: Path, noise: Path | None, auxiliary: Iterable[str], given: Given | None = None
) -> Seen:
    """The spectra of a file as the planets of a challenge, named after the file.

    Arguments:
        schema: channels and auxiliary columns that the run was trained on.
        spectrum: see `harness.files.spectrum_file`.
        noise: a file of the same kinds, for each spectrum or one for all; not needed where the
            spectrum's file has it beside the spectrum.
        auxiliary: "name=value" for each auxiliary column, in its unit; the same for all spectra.
        given: what their user says of the columns of the spectrum's file, and of the units of both.

    Raises:
        HarnessError: a file is missing or does not fit, a transit depth is more than all of the star's
            light, there is no noise, or an auxiliary column is missing, unknown, or not a number.
    """
    found = read_spectrum_file(spectrum, schema, given)
    depth, sigma = found.spectrum, found.noise
    _require_shares(spectrum, depth, schema.spectrum_unit)
    if noise is not None:
        sigma = read_noise(noise, schema, Given(units=given.units) if given else None)
    if sigma is None:
        raise HarnessError(
            f"The noise of {spectrum} is not known: give it with --noise FILE, or as the third column of "
            "a table."
        )
    if len(sigma) not in (1, len(depth)):
        raise HarnessError(
            f"{noise} has the noise of {len(sigma)} spectra but {spectrum} holds {len(depth)}; "
            "give one for each, or one for all."
        )
    facts = _auxiliary(schema, auxiliary)
    ids = [spectrum.stem] if len(depth) == 1 else [f"{spectrum.stem}-{i + 1}" for i in range(len(depth))]
    observations = Observations(
        np.array(ids, dtype=np.str_), depth, sigma.expand_as(depth).clone(), facts.repeat(len(depth), 1)
    )
    written = found.written if noise is None else None
    return Seen(observations, written, tuple(f"{spectrum}: {note}." for note in found.notes))


def _require_shares(path: Path, depth: Tensor, unit: str) -> None:
    own = own_fraction(unit)
    if own is not None and bool((wrong := depth.abs() * own >= 1).any()):
        raise HarnessError(
            f"{path} has a depth of {float(depth[wrong][0]):g} in {unit}, and a transit depth is a share "
            "of the star's light; say its unit, as --units depth=ppm, or correct the row."
        )


def _auxiliary(schema: Schema, given: Iterable[str]) -> Tensor:
    """The auxiliary columns of one planet (1, A)."""
    values: dict[str, float] = {}
    for text in given:
        name, _, number = (part.strip() for part in text.partition("="))
        if name not in schema.auxiliary_names:
            raise HarnessError(
                f"There is no auxiliary column '{name}'{nearest_match(name, schema.auxiliary_names)}; "
                f"this run was trained on {', '.join(schema.auxiliary_names) or 'none'}."
            )
        try:
            values[name] = float(number)
        except ValueError:
            values[name] = math.nan
        if not math.isfinite(values[name]):
            raise HarnessError(f"--auxiliary {text} is not of the form {name}=NUMBER.")
        if name in (STAR_RADIUS, PLANET_MASS) and values[name] <= 0:
            raise HarnessError(f"--auxiliary {text} is of no star or planet; give a number above 0.")
    missing = [column for column in schema.auxiliary if column.name not in values]
    if missing:
        wanted = " ".join(f"--auxiliary {column.name}=NUMBER" for column in missing)
        units = ", ".join(f"{column.name} [{column.unit}]" for column in missing)
        raise HarnessError(f"This run was trained on auxiliary columns too: give {units} as {wanted}.")
    return torch.tensor([[values[name] for name in schema.auxiliary_names]], dtype=torch.float64)
