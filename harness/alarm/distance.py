"""How far a spectrum lies from the training spectra, which needs no posterior and no forward model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from harness.alarm.mahalanobis import mahalanobis
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.metrics.chunks import fitting, runs
from harness.preprocessors.planet_facts import DEPTH_UNITS
from harness.preprocessors.scale_heights import LEAST_DEPTH, Heights, lacking

NEIGHBOURS = 100
MOST_BYTES = 880_000  # of the training spectra that are kept, in float32
NUMBERS_AT_ONCE = 2**22  # 32 MiB of float64


@dataclass(frozen=True)
class SpectrumDistance:
    """The squared Mahalanobis distance of a spectrum from the training spectra that are most like it.

    Spectra are heights in scale heights of 1000 K over their own mean where star radius and planet mass are
    known (`harness.preprocessors.scale_heights`), so that planets with the same air look alike, and depths as
    they are otherwise. The neighbours of a spectrum are the noise-free training spectra with the least
    chi-square to it, and its distance from them is `mahalanobis`. Training spectra that carry their noise
    spread by it too, which makes distances smaller; ranks among planets held out are none the worse.

    Attributes:
        spectra: of training planets (R, W), float32, as heights or depths.
        schema: says which of the two, and how to make one from the other.
    """

    spectra: Tensor
    schema: Schema

    @classmethod
    def fit(cls, train: Observations, schema: Schema) -> Self:
        """Keep as many training spectra as are small, spread evenly over all of them."""
        channels = len(schema.wavelength)
        most = max(NEIGHBOURS, MOST_BYTES // (4 * channels))
        every = max(1, -(-len(train) // most))
        seen, _ = _comparable(train[::every].to("cpu"), schema)
        return cls(seen.float(), schema)

    def __call__(self, observations: Observations) -> Tensor:
        """The distance of each of N observed spectra (N,), float64."""
        planets = observations.to("cpu")
        seen, noise = _comparable(planets, self.schema)
        kept = min(NEIGHBOURS, len(self.spectra))
        at_once = fitting(NUMBERS_AT_ONCE, max(len(self.spectra), kept * seen.shape[1]))
        parts = [self._some(seen[rows], noise[rows], kept) for rows in runs(len(seen), at_once)]
        if not parts:
            return torch.empty(0, dtype=torch.float64)
        return torch.cat(parts) + _below_any(planets, self.schema)

    def _some(self, seen: Tensor, noise: Tensor, kept: int) -> Tensor:
        spectra = self.spectra.double()
        precision = noise**-2
        centre = spectra.mean(dim=0)  # about the mean, the squares below cancel least
        observed, training = seen - centre, spectra - centre
        chi_square = -2 * (observed * precision) @ training.T + precision @ (training**2).T
        neighbours = spectra[chi_square.topk(kept, dim=1, largest=False).indices]  # (B, K, W)
        return mahalanobis(seen, noise, neighbours)


def _comparable(observations: Observations, schema: Schema) -> tuple[Tensor, Tensor]:
    """Spectra and their noise (N, W), float64, such that those of like atmospheres are alike."""
    if lacking(schema):
        return observations.spectrum.double(), observations.noise.double()
    heights = Heights.of(schema, observations.spectrum, observations.noise, observations.auxiliary)
    return heights.height, heights.error


def _below_any(observations: Observations, schema: Schema) -> Tensor:
    """How far depths lie below the least that has a height, as which they are taken (N,), float64.

    As a height such a channel has so large an error that it says nothing: this is what it says.
    """
    if lacking(schema):
        return torch.zeros(len(observations), dtype=torch.float64)
    least = LEAST_DEPTH / DEPTH_UNITS[schema.spectrum_unit]
    below = (least - observations.spectrum.double()).clamp(min=0) / observations.noise.double()
    return below.square().sum(dim=1)
