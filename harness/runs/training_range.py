"""The range of a run's training spectra and noise, and what is unlike them."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.runs.home import TRAINING_RANGE
from harness.runs.prediction import Seen
from harness.untrusted.files import MIB, read_bytes

SPECTRUM = ("lowest", "highest")
NOISE = ("least_noise", "most_noise")
UNLIKE = 3.0  # so many times less or more than any training planet's is unlike theirs


def training_range(planets: Observations) -> dict[str, list[float]]:
    """The lowest and highest depth and noise in each channel, as a run keeps them."""
    return {
        name: getattr(values, end)(dim=0).values.tolist()
        for names, values in ((SPECTRUM, planets.spectrum), (NOISE, planets.noise))
        for name, end in zip(names, ("min", "max"), strict=True)
    }


def outside_training(folder: Path, schema: Schema, seen: Seen) -> list[str]:
    """What is unlike anything that a run was trained on, a sentence each for the spectra and their noise.

    Arguments:
        folder: of the run, which keeps the range of its training spectra and noise in each channel.
        schema: of the run.
        seen: the spectra (N, W); five times their noise is allowed beyond the range, or what the training
            noise is where theirs is unlike it.
    """
    path = folder / TRAINING_RANGE
    if not path.exists():
        return []  # a run of another version: nothing to compare with
    try:
        kept = json.loads(read_bytes(path, MIB))
        ends = {
            key: torch.tensor(kept[key], dtype=torch.float64) for key in (*SPECTRUM, *NOISE) if key in kept
        }
        if any(values.shape != (len(schema.wavelength),) for values in ends.values()):
            raise ValueError("not a number for each channel")
        lowest, highest = (ends[key] for key in SPECTRUM)
        noise = [ends[key] for key in NOISE if key in ends]
    except (HarnessError, ValueError, KeyError, TypeError, RecursionError, OverflowError, RuntimeError):
        return [f"{path} is damaged, so that nothing was compared with what this run was trained on."]
    observations = seen.observations
    # runs of older versions kept no noise: then it may be no more than the spectra's own range
    least, most = noise if len(noise) == 2 else (torch.zeros_like(lowest), (highest - lowest) / UNLIKE)
    said = []
    if seen.written is not None and (unlike := _unlike(seen.written, least, most)).any():
        said.append(
            f"As numbers, the noise is unlike that of the training planets in {int(unlike.sum())} of "
            f"{unlike.numel()} channels; it was read in the unit that its file names."
        )
    unlike = _unlike(observations.noise, least, most)
    if unlike.any():
        planet = int(unlike.any(dim=1).nonzero()[0])
        own = float(observations.noise[planet].median())
        said.append(
            f"In {int(unlike[planet].sum())} of {unlike.shape[1]} channels of {observations.names[planet]} "
            f"the noise is unlike that of the training planets ({own:.2g} where theirs is "
            f"{float(least.min()):.2g} to {float(most.max()):.2g}); is it in {schema.spectrum_unit}, and no "
            "width?"
        )
    slack = 5 * torch.minimum(observations.noise, UNLIKE * most)
    outside = (observations.spectrum < lowest - slack) | (observations.spectrum > highest + slack)
    if outside.any():
        planet = int(outside.any(dim=1).nonzero()[0])
        said.append(
            f"{observations.names[planet]} lies outside all training spectra in "
            f"{int(outside[planet].sum())} of {outside.shape[1]} channels ({float(lowest.min()):.4g} to "
            f"{float(highest.max()):.4g}); is it in {schema.spectrum_unit}?"
        )
    return said


def _unlike(noise: Tensor, least: Tensor, most: Tensor) -> Tensor:
    return (noise < least / UNLIKE) | (noise > most * UNLIKE)
