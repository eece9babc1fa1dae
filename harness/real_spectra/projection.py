"""Spectra as few numbers, each with noise of its own: what a density of one spectrum learns from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from harness.real_spectra.likelihood import MeasuredLikelihood

MOST = 64  # components
REST = (
    0.05  # of the noise's variance that the components left out may vary by, all together over all channels
)
COPIES = 4  # of each pair with noise of its own, where it must be drawn beforehand


@dataclass(frozen=True)
class TrainingPairs:
    """Parameters beside features of their spectra, and those of the measured one.

    Attributes:
        parameters: (N, P), in their units.
        features: of the spectra (N, K), with unit noise times `noise` or, if it is included, with noise.
        observed: the measured spectrum's (K,).
        noise: 1 sigma of every feature.
        noise_included: the features carry noise already.
    """

    parameters: Tensor
    features: Tensor
    observed: Tensor
    noise: float
    noise_included: bool


def training_pairs(
    likelihood: MeasuredLikelihood,
    values: Tensor,
    depths: Tensor,
    sharpness: float,
    generator: torch.Generator,
) -> TrainingPairs:
    """Features of the spectra that parameters make: principal components in units of the noise.

    What of the measured spectrum no atmosphere can make is left out with the components that do not vary,
    so that a misfit does not lead where the density has never been.

    Arguments:
        likelihood: knows the measured spectrum and its errors.
        values: parameters (N, P).
        depths: of them, offsets included, without noise (N, C).
        sharpness: the power of the likelihood that is learned: the errors grow by its inverse root.
        generator: of noise.
    """
    scale = likelihood.spectrum_error
    whitened = (depths - likelihood.spectrum_depth) / scale
    centre = whitened.mean(dim=0)
    variance, directions = torch.linalg.eigh((whitened - centre).T @ (whitened - centre) / len(whitened))
    left = variance.clamp(min=0).cumsum(0)
    kept = min(MOST, max(len(values[0]), int((left > REST * len(scale)).sum())), len(scale))
    directions = directions[:, -kept:].flip(1)
    growth = sharpness**-0.5
    observed = (-centre) @ directions
    fresh = not likelihood.asymmetric and not likelihood.nuisances.widens
    if fresh:
        return TrainingPairs(values, (whitened - centre) @ directions, observed, growth, False)
    values, depths = values.repeat(COPIES, 1), depths.repeat(COPIES, 1)
    noisy = depths + growth * _noise(likelihood, values, generator)
    features = ((noisy - likelihood.spectrum_depth) / scale - centre) @ directions
    order = torch.randperm(len(values), generator=generator)
    return TrainingPairs(values[order], features[order], observed, growth, True)


def _noise(likelihood: MeasuredLikelihood, values: Tensor, generator: torch.Generator) -> Tensor:
    """Split-normal noise (N, C): a depth below the model's by the error upwards, above it by the other."""
    down, up = likelihood.errors(values)
    below = torch.rand(down.shape, generator=generator, dtype=down.dtype) < up / (down + up)
    size = torch.randn(down.shape, generator=generator, dtype=down.dtype).abs()
    return torch.where(below, -up * size, down * size)
