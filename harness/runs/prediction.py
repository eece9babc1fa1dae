"""A recorded run's answer for spectra of its user's own."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError, nearest_match
from harness.files.spectrum_file import has_noise, read_noise, read_spectrum
from harness.runs.home import TRAINING_RANGE


def read_observations(
    schema: Schema, spectrum: Path, noise: Path | None, auxiliary: Iterable[str]
) -> Observations:
    """The spectra of a file as the planets of a challenge, named after the file.

    Arguments:
        schema: channels and auxiliary columns that the run was trained on.
        spectrum: see `harness.files.spectrum_file`.
        noise: a file of the same kinds, for each spectrum or one for all; not needed where the
            spectrum's file has it beside the spectrum.
        auxiliary: "name=value" for each auxiliary column, in its unit; the same for all spectra.

    Raises:
        HarnessError: a file is missing or does not fit, there is no noise, or an auxiliary column is
            missing, unknown, or not a number.
    """
    depth = read_spectrum(spectrum, schema)
    if noise is None and not has_noise(spectrum):
        raise HarnessError(
            f"The noise of {spectrum} is not known: give it with --noise FILE, or as the third column of "
            "a table."
        )
    sigma = read_noise(noise or spectrum, schema)
    if len(sigma) not in (1, len(depth)):
        raise HarnessError(
            f"{noise} has the noise of {len(sigma)} spectra but {spectrum} holds {len(depth)}; "
            "give one for each, or one for all."
        )
    facts = _auxiliary(schema, auxiliary)
    ids = [spectrum.stem] if len(depth) == 1 else [f"{spectrum.stem}-{i + 1}" for i in range(len(depth))]
    return Observations(
        np.array(ids, dtype=np.str_), depth, sigma.expand_as(depth).clone(), facts.repeat(len(depth), 1)
    )


def outside_training(folder: Path, schema: Schema, seen: Observations) -> str | None:
    """A sentence about spectra unlike anything that a run was trained on, or None.

    Arguments:
        folder: of the run, which keeps the range of its training spectra in each channel.
        schema: of the run.
        seen: the spectra (N, W); five times their noise is allowed beyond the range.
    """
    try:
        kept = json.loads((folder / TRAINING_RANGE).read_text(encoding="utf-8"))
        lowest, highest = (torch.tensor(kept[key], dtype=torch.float64) for key in ("lowest", "highest"))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a run of another version: nothing to compare with
    slack = 5 * seen.noise
    outside = (seen.spectrum < lowest - slack) | (seen.spectrum > highest + slack)
    if not outside.any():
        return None
    planet = int(outside.any(dim=1).nonzero()[0])
    return (
        f"{seen.title(planet)} lies outside all training spectra in {int(outside[planet].sum())} of "
        f"{outside.shape[1]} channels ({float(lowest.min()):.4g} to {float(highest.max()):.4g}); "
        f"is it in {schema.spectrum_unit}?"
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
    missing = [column for column in schema.auxiliary if column.name not in values]
    if missing:
        wanted = " ".join(f"--auxiliary {column.name}=NUMBER" for column in missing)
        units = ", ".join(f"{column.name} [{column.unit}]" for column in missing)
        raise HarnessError(f"This run was trained on auxiliary columns too: give {units} as {wanted}.")
    return torch.tensor([[values[name] for name in schema.auxiliary_names]], dtype=torch.float64)
