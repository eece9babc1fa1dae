"""A simulated challenge: training planets, and test planets in partitions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from harness.challenges.ariel2023.grid import PARAMETERS, WAVELENGTH, WIDTH
from harness.challenges.ariel2023.layout import AUXILIARY
from harness.data.held_out import held_out
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.data.truth import Truth
from harness.simulation.forward import Advance, Forward
from harness.simulation.noise import noise
from harness.simulation.population import draw_population
from harness.simulation.shifts import Matched, Shift

SCHEMA = Schema(parameters=PARAMETERS, wavelength=WAVELENGTH, width=WIDTH, auxiliary=AUXILIARY)
VALID_FRACTION = 0.1  # of the training planets, as `ariel2023:PATH` takes them


@dataclass(frozen=True)
class Part:
    """So many test planets of one kind."""

    shift: Shift
    planets: int


def simulate(
    planets: int, parts: Sequence[Part], seed: int, forward: Forward, advance: Advance
) -> Mapping[str, Split]:
    """Simulate "train", "valid" and "test", without traces.

    Every part has its own stars, planets and random numbers, derived from the seed and its name: another
    number of training planets, or one more part, leaves the other parts what they are.

    Arguments:
        planets: training planets, of which a tenth are for validation.
        parts: test planets, named test1, test2, ... in this order; each part a partition.
        seed: another seed gives another challenge.
        forward: the forward model.
        advance: called with the number of planets done.
    """
    training = _split(Part(Matched(), planets), "training", seed, forward, advance)
    training = _named(training, "train")
    names = training.observations.names.tolist()
    valid = held_out(names, max(1, round(VALID_FRACTION * planets)), 0, "valid")
    of_parts = [_split(part, part.shift.name, seed, forward, advance) for part in parts]
    test = Split(
        Observations.join([split.observations for split in of_parts]),
        Truth(torch.cat([split.parameters for split in of_parts])),
        np.repeat(np.array([part.shift.name for part in parts], dtype=np.str_), [p.planets for p in parts]),
    )
    return {
        "train": training[np.setdiff1d(np.arange(planets), valid)],
        "valid": training[valid],
        "test": _named(test, "test"),
    }


def random_stream(seed: int, *purpose: str) -> np.random.Generator:
    """Random numbers for one purpose, independent of those for any other."""
    digest = hashlib.sha256("\0".join(purpose).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def _split(part: Part, name: str, seed: int, forward: Forward, advance: Advance) -> Split:
    population = draw_population(part.planets, random_stream(seed, name, "population"))
    spectra = part.shift.spectra(population, forward, random_stream(seed, name, "shift"), advance)
    errors = noise(population, np.array(WAVELENGTH), np.array(WIDTH))
    return Split(
        Observations(
            None,
            *(torch.from_numpy(array) for array in (spectra, errors, population.auxiliary)),
        ),
        Truth(torch.from_numpy(population.parameters)),
    )


def _named(split: Split, prefix: str) -> Split:
    ids = np.array([f"{prefix}{number}" for number in range(1, len(split) + 1)], dtype=np.str_)
    return replace(split, observations=replace(split.observations, planet_ids=ids))
