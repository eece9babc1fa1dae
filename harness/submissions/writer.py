"""Writing a submission file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.data.posterior import Posterior
from harness.files.planet_file import PREFIX
from harness.files.planet_file_writer import new_planet_file
from harness.files.storage import rename_whole, temporary_name

SAMPLES = "tracedata"
WEIGHTS = "weights"
POSITION = "ID"
PLANET = "planet_ID"  # ours, beside the official attribute


def official_name(position: int) -> str:
    """The group of the planet at a position, counted from 0, among the test planets."""
    return f"{PREFIX}public{position + 1}"


def positions(planet_ids: Sequence[str] | NDArray[np.str_]) -> list[int]:
    """The position of each planet (N), counted from 0, in ascending planet order: test2 before test10."""
    planets = [str(planet) for planet in planet_ids]

    def in_words_and_numbers(index: int) -> list[tuple[int, str]]:
        parts = re.split("([0-9]+)", planets[index])  # words at even places, numbers at odd ones
        digits = [part.lstrip("0") if place % 2 else part for place, part in enumerate(parts)]
        # of two numbers, the one with more digits is larger; Python reads none of thousands of digits
        return [(len(part) if place % 2 else 0, part) for place, part in enumerate(digits)]

    found = [0] * len(planets)
    for position, index in enumerate(sorted(range(len(planets)), key=in_words_and_numbers)):
        found[index] = position
    return found


def write_submission(path: Path, posterior: Posterior, planet_ids: Sequence[str] | NDArray[np.str_]) -> None:
    """Write the posterior samples of N planets in their own number type, their weights normalised in float64.

    The file is written under a temporary name and then renamed; an older one is replaced.

    Arguments:
        path: the file.
        posterior: samples (N, n, P) in physical units with weights (N, n).
        planet_ids: the N planets, in the order of the posterior; the file is in ascending order.

    Raises:
        ValueError: there are not as many planets as posteriors.
        OSError: the disk is full; nothing is left behind.
    """
    if len(planet_ids) != len(posterior):
        raise ValueError(f"{len(planet_ids)} planets but {len(posterior)} posteriors")
    posterior = posterior.cpu().normalised()
    partial = temporary_name(path)
    n_bytes = sum(tensor.numel() * tensor.element_size() for tensor in (posterior.samples, posterior.weights))
    try:
        with new_planet_file(partial, len(posterior), n_bytes) as file:
            for index, position in sorted(enumerate(positions(planet_ids)), key=lambda pair: pair[1]):
                samples, weights = posterior.planet(index)
                file.add(
                    official_name(position),
                    {SAMPLES: samples.numpy(), WEIGHTS: weights.numpy()},
                    {POSITION: position, PLANET: str(planet_ids[index])},
                )
        rename_whole(partial, path)
    except OSError as error:
        if error.filename == str(partial):
            error.filename = str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)
