"""Weighted reference posteriors of an Ariel 2023 directory, read into memory once."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from harness.challenges.ariel2023.layout import LOG_EVIDENCE, SAMPLES, TARGET_ORDER, WEIGHTS
from harness.challenges.ariel2023.release import Release
from harness.data.truth import Traces
from harness.errors import HarnessError
from harness.files.planet_file import PlanetFile, PlanetGroup
from harness.untrusted.words import excerpt

# The challenge's own check allows 1e-5. Reference weights pass through text files and float32 on
# their way out of a nested sampler, and no score changes by more than what the sum is off.
SUM_TOLERANCE = 1e-3
ROUNDING = 1e-6  # a sum that is further off is brought to 1, so that no scorer stumbles over it


def read_traces(path: Path, planets: Sequence[str], listed_in: Path, release: Release) -> Traces:
    """Read the traces of the planets that a table lists, in its order.

    A planet whose datasets hold a single NaN has no trace. Weights whose sum is off by more than
    rounding, but within `SUM_TOLERANCE`, are normalised; others are kept bit for bit.

    The file is gone through twice, first for the lengths alone, so that the values are allocated once
    and read into place.

    Arguments:
        path: the HDF5 file of traces.
        planets: planet ids.
        listed_in: the table that they come from, for messages.
        release: whose traces they are; its order of parameters is that of the columns that are returned.

    Returns:
        traces in float64; 1.7 GB for the published 6,766 of them.

    Raises:
        HarnessError: the planets differ, a trace has the wrong shape or numbers that are not
            finite, or weights that are negative or do not sum to 1, or does not name its columns where the
            release says that traces do.
    """
    n_parameters = len(release.parameters)
    with PlanetFile(path) as file:
        file.require_planets(
            planets, listed_in, f"those without a trace with a single NaN as {SAMPLES} and {WEIGHTS}"
        )
        lengths = np.array([_length(file.planet(planet), n_parameters) for planet in planets], dtype=np.int64)
        stop = lengths.cumsum()
        start = stop - lengths
        values, weights = np.empty((lengths.sum(), n_parameters)), np.empty(lengths.sum())
        evidence = np.full(len(lengths), np.nan)
        for row in np.flatnonzero(lengths).tolist():
            group = file.planet(planets[row])
            rows = slice(start[row], stop[row])
            group.read(SAMPLES, values[rows])
            if release.tells_order:
                values[rows] = values[rows][:, _columns(file, group, release.names)]
            group.read(WEIGHTS, weights[rows])
            total = _check(group, values[rows], weights[rows])
            if abs(total - 1) > ROUNDING:
                weights[rows] /= total
            evidence[row] = _log_evidence(group)
    known = None if np.isnan(evidence).all() else torch.from_numpy(evidence)
    return Traces(
        torch.from_numpy(values),
        torch.from_numpy(weights),
        torch.from_numpy(start),
        torch.from_numpy(stop),
        known,
    )


def _columns(file: PlanetFile, group: PlanetGroup, names: Sequence[str]) -> list[int]:
    """Where in a trace each parameter lies, by the attribute of the trace, its planet or the whole file."""
    for attribute in (group.dataset(SAMPLES).attribute, group.attribute, file.attribute):
        said = attribute(TARGET_ORDER)
        if said is not None:
            break
    else:
        raise HarnessError(
            f"{group.where} has no attribute '{TARGET_ORDER}', so that the columns of '{SAMPLES}' cannot be "
            f"told apart; it names {', '.join(names)} in their order."
        )
    words = [said] if isinstance(said, str | bytes) else list(np.ravel(said))
    text = " ".join(word.decode(errors="replace") if isinstance(word, bytes) else str(word) for word in words)
    order = re.findall(r"\w+", text)
    if sorted(order) != sorted(names):
        raise HarnessError(
            f"{group.where}: attribute '{TARGET_ORDER}' is {excerpt(text)}; expected {', '.join(names)}, in "
            "any order."
        )
    return [order.index(name) for name in names]


def _log_evidence(group: PlanetGroup) -> float:
    """The evidence beside a trace; NaN where there is none, as in the release."""
    value = group.attribute(LOG_EVIDENCE)
    if value is None:
        return math.nan
    if not isinstance(value, float | np.floating):
        raise HarnessError(f"{group.where}: attribute '{LOG_EVIDENCE}' is {value!r}; expected a number.")
    return float(value)


def _length(group: PlanetGroup, n_parameters: int) -> int:
    """Rows of a planet's trace; 0 where it has none."""
    shape = group.shape(SAMPLES)
    if int(np.prod(shape)) == 1:
        only = np.empty(shape)
        group.read(SAMPLES, only)
        if np.isnan(only).all():
            return 0
    if len(shape) != 2 or shape[1] != n_parameters or shape[0] == 0:
        raise HarnessError(
            f"{group.where}: '{SAMPLES}' has shape {shape}; expected (M, {n_parameters}), "
            "or a single NaN where there is no trace."
        )
    n_weights = group.shape(WEIGHTS)
    if n_weights != shape[:1]:
        raise HarnessError(
            f"{group.where}: '{WEIGHTS}' has shape {n_weights} but '{SAMPLES}' has {shape[0]} rows; "
            "each row needs one weight."
        )
    return shape[0]


def _check(group: PlanetGroup, values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """The sum of the weights, where values and weights are what they must be."""
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise HarnessError(
            f"{group.where}: '{SAMPLES}' is {values[row, column]} in row {row}, column {column}; "
            "expected finite numbers."
        )
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        row = int(np.argmax(bad))
        raise HarnessError(
            f"{group.where}: '{WEIGHTS}' is {weights[row]:g} in row {row}; expected a number from 0 to 1."
        )
    total = float(weights.sum())
    if abs(total - 1) > SUM_TOLERANCE:
        raise HarnessError(f"{group.where}: '{WEIGHTS}' sum to {total:.6g}; expected 1.")
    return total
