"""Reading a submission file, which may come from a stranger: every rule is checked, each with its message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.files.planet_file import PREFIX, PlanetFile, PlanetGroup
from harness.submissions.writer import (
    PLANET,
    POSITION,
    SAMPLES,
    WEIGHTS,
    official_name,
    positions,
)
from harness.untrusted.words import excerpt

MIN_ROWS, MAX_ROWS = 1000, 5000

# what numpy.isclose allows around 1, the challenge's own check; sums of float32 weights stay within 1e-6
SUM_TOLERANCE = 1e-5 + 1e-8


def read_submission(path: Path, planet_ids: Sequence[str] | NDArray[np.str_], schema: Schema) -> Posterior:
    """Read and check the posterior samples of the test planets.

    Arguments:
        path: an HDF5 file.
        planet_ids: the N test planets, in the order that the answer is to have.
        schema: of the challenge; a trace has a column for each of its P parameters.

    Returns:
        samples (N, n, P), float32 where the file has nothing wider and float64 otherwise, and
        weights (N, n) in float64. Where planets have fewer than n rows, `counts` says how many.

    Raises:
        HarnessError: the file breaks a rule; says which, and for which planet.
    """
    planets = [str(planet) for planet in planet_ids]
    with PlanetFile(path) as file:
        _require_filters(file)
        names = _names(file, planets)
        checked = [
            _check_form(file, name, planet, position, schema)
            for name, planet, position in zip(names, planets, positions(planets), strict=True)
        ]
        counts = np.array([trace.n_rows for trace in checked], dtype=np.int64)
        kind = np.float64 if any(trace.is_wide for trace in checked) else np.float32
        samples = np.zeros((len(planets), counts.max(), len(schema.parameters)), dtype=kind)
        weights = np.zeros(samples.shape[:2])
        for index, (name, planet) in enumerate(zip(names, planets, strict=True)):
            group, n_rows = file.group(name, planet), counts[index]
            group.read(SAMPLES, samples[index, :n_rows])
            group.read(WEIGHTS, weights[index, :n_rows])
            _check_content(group, samples[index, :n_rows], weights[index, :n_rows], schema)
            samples[index, n_rows:] = samples[index, n_rows - 1]  # padding of weight 0
    ragged = bool((counts != counts.max()).any())
    return Posterior(
        torch.from_numpy(samples), torch.from_numpy(weights), torch.from_numpy(counts) if ragged else None
    )


def recorded_planets(path: Path) -> list[str]:
    """The planet ids in a file that `write_submission` wrote, in its order.

    Raises:
        HarnessError: the file does not say which planets it holds.
    """
    with PlanetFile(path) as file:
        planets = []
        for position in range(len(file.names())):
            name = official_name(position)
            planet = file.group(name, str(position + 1)).attribute(PLANET)
            if not isinstance(planet, str):
                raise HarnessError(f"{path}: '{name}' does not say which planet it holds.")
            planets.append(planet)
    return planets


def _require_filters(file: PlanetFile) -> None:
    """Name a filter that is not installed before anything else: no planet of the file can be read then."""
    for name in file.names()[:1]:
        group = file.group(name, name.removeprefix(PREFIX))
        for dataset in (SAMPLES, WEIGHTS):
            group.dataset(dataset)


def _names(file: PlanetFile, planets: list[str]) -> list[str]:
    """The name of each planet's group, by position or by planet id."""
    found = file.names()
    have = set(found)
    by_id = [PREFIX + planet for planet in planets]
    by_position = [official_name(position) for position in positions(planets)]
    ids, numbered = have & set(by_id), have & set(by_position)
    if ids - numbered and numbered - ids:
        raise HarnessError(
            f"{file.path} names some groups by position ('{min(numbered - ids)}') and some by planet id "
            f"('{min(ids - numbered)}'); name all of them in one way."
        )
    if not ids and not numbered:
        raise HarnessError(
            f"{file.path} has no group of a test planet{_for_example(found)}; expected "
            f"'{official_name(0)}' to '{official_name(len(planets) - 1)}', "
            f"or '{by_id[0]}' and so on by planet id."
        )
    names = by_id if len(ids) >= len(numbered) else by_position
    missing = [(name, planet) for name, planet in zip(names, planets, strict=True) if name not in have]
    if missing:
        name, planet = missing[0]
        raise HarnessError(
            f"{file.path} has no group '{name}' for test planet {planet} ({len(missing):,} of "
            f"{len(planets):,} planets are missing); every test planet needs one."
        )
    expected = set(names)
    extra = [name for name in found if name not in expected]
    if extra:
        raise HarnessError(
            f"{file.path} has a group '{excerpt(extra[0])}' that is none of the {len(planets):,} test "
            "planets; leave it out."
        )
    return names


def _for_example(found: list[str]) -> str:
    return f", only groups like '{excerpt(found[0])}'" if found else " (it is empty)"


@dataclass(frozen=True)
class _Form:
    n_rows: int
    is_wide: bool  # has numbers that float32 does not hold


def _check_form(file: PlanetFile, name: str, planet: str, position: int, schema: Schema) -> _Form:
    group = file.group(name, planet)
    if name == official_name(position):
        _check_attributes(group, name, planet, position)
    samples, weights = (group.dataset(dataset) for dataset in (SAMPLES, WEIGHTS))
    shape, n_columns = samples.shape, len(schema.parameters)
    if len(shape) != 2 or shape[1] != n_columns:
        raise HarnessError(
            f"{group.where}: '{SAMPLES}' has shape {shape}; expected (M, {n_columns}), a column for each of "
            f"{', '.join(schema.parameter_names)}."
        )
    if shape[0] < MIN_ROWS:
        raise HarnessError(
            f"{group.where}: {shape[0]:,} samples are too few; at least {MIN_ROWS:,} are needed."
        )
    if shape[0] > MAX_ROWS:
        raise HarnessError(
            f"{group.where}: {shape[0]:,} samples are too many; at most {MAX_ROWS:,} are taken."
        )
    if weights.shape != shape[:1]:
        raise HarnessError(
            f"{group.where}: '{WEIGHTS}' has shape {weights.shape} but there are "
            f"{shape[0]:,} samples; each needs one weight."
        )
    return _Form(shape[0], samples.is_wide)


def _check_attributes(group: PlanetGroup, name: str, planet: str, position: int) -> None:
    given = group.attribute(POSITION)
    if not (isinstance(given, (int, np.integer)) and given == position):
        shown = f"'{excerpt(given)}'" if isinstance(given, str) else excerpt(str(given))
        found = f"no attribute '{POSITION}'" if given is None else f"the attribute '{POSITION}' = {shown}"
        raise HarnessError(
            f"{group.path}: '{name}' has {found}; expected {position}, the position of planet {planet} "
            "in ascending order, counted from 0."
        )
    says = group.attribute(PLANET)
    if isinstance(says, bytes):
        says = says.decode(errors="replace")
    if says is not None and not (isinstance(says, str) and says == planet):
        raise HarnessError(
            f"{group.path}: '{name}' holds planet {excerpt(str(says))}, but test planet {position + 1} "
            f"is {planet}; the file belongs to another challenge, or to another split of it."
        )


def _check_content(
    group: PlanetGroup, samples: NDArray[np.floating], weights: NDArray[np.float64], schema: Schema
) -> None:
    if not np.isfinite(samples).all():
        row, column = np.argwhere(~np.isfinite(samples))[0]
        raise HarnessError(
            f"{group.where}: {schema.parameter_names[column]} is {samples[row, column]} in sample {row}; "
            "expected finite numbers."
        )
    if np.isnan(weights).any():
        raise HarnessError(
            f"{group.where}: weight {int(np.isnan(weights).argmax())} is NaN; expected a number."
        )
    if (weights < 0).any():
        row = int((weights < 0).argmax())
        raise HarnessError(f"{group.where}: weight {row} is negative ({weights[row]:g}); expected 0 or more.")
    total = weights.sum()
    if not abs(total - 1) <= SUM_TOLERANCE:
        raise HarnessError(
            f"{group.where}: the weights sum to {total:.8g}; expected 1 to within {SUM_TOLERANCE:.0e}."
        )
