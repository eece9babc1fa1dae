"""Writing a submission file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from harness.challenges.planet_file import PREFIX
from harness.challenges.planet_file_writer import new_planet_file
from harness.posterior import Posterior

SAMPLES = "tracedata"
WEIGHTS = "weights"
POSITION = "ID"
PLANET = "planet_ID"  # ours, beside the official attribute


def official_name(position: int) -> str:
    """The group of the planet at a position, counted from 0, among the test planets."""
    return f"{PREFIX}public{position + 1}"


def write_submission(path: Path, posterior: Posterior, planet_ids: Sequence[str] | NDArray[np.str_]) -> None:
    """Write the posterior samples of N planets, in their own number types.

    The file is written under a temporary name and then renamed; an older one is replaced.

    Arguments:
        path: the file.
        posterior: samples (N, n, P) in physical units with weights (N, n).
        planet_ids: the N planets in the order of the test planets.

    Raises:
        ValueError: there are not as many planets as posteriors.
        OSError: the disk is full; nothing is left behind.
    """
    if len(planet_ids) != len(posterior):
        raise ValueError(f"{len(planet_ids)} planets but {len(posterior)} posteriors")
    posterior = posterior.cpu()
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    n_bytes = sum(tensor.numel() * tensor.element_size() for tensor in (posterior.samples, posterior.weights))
    try:
        with new_planet_file(partial, len(posterior), n_bytes) as file:
            for position, planet in enumerate(planet_ids):
                samples, weights = posterior.planet(position)
                file.add(
                    official_name(position),
                    {SAMPLES: samples.numpy(), WEIGHTS: weights.numpy()},
                    {POSITION: position, PLANET: str(planet)},
                )
        partial.replace(path)
    except OSError as error:
        if error.filename == str(partial):
            error.filename = str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)
