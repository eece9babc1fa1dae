"""What a spectrum is in a few numbers: its level, how much it varies, and its noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

# Stands for zero under a root or a logarithm; far under the square of any transit depth that is measured.
TINY = 1e-30


def soft_logarithm(x: Tensor, scale: Tensor) -> Tensor:
    """log(scale) + asinh(x / (2 scale)): the logarithm well above the scale, and smooth through zero.

    Noise can take a shallow transit below zero. For x = 3, 10, 30 scales this is 0.10, 0.010 and 0.001 above
    the logarithm.
    """
    return scale.log() + torch.asinh(x / (2 * scale))


def with_and_without_noise(spectrum: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
    """Spectra (2 N, W) and their noise: as they are, then with their noise drawn once; the same each time.

    Spectra may be noise-free or noisy, and methods draw noise on them before they are preprocessed: what is
    learned of their spread must hold for either.
    """
    drawn = torch.randn(spectrum.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return torch.cat([spectrum, spectrum + noise * drawn.to(spectrum)]), torch.cat([noise, noise])


@dataclass(frozen=True)
class SpectrumSummary:
    """Numbers of each spectrum (B), float64, in the spectra's unit.

    Attributes:
        mean: over channels.
        spread: standard deviation over channels; at least a hundredth of the noise, so that it can divide.
        noise: root mean square of the 1-sigma noise over channels.
        depth: mean weighted by 1 / noise^2.
        depth_error: 1-sigma noise of that.
    """

    mean: Tensor
    spread: Tensor
    noise: Tensor
    depth: Tensor
    depth_error: Tensor

    @classmethod
    def of(cls, spectrum: Tensor, noise: Tensor) -> Self:
        """Summarise spectra (B, W) with their noise (B, W)."""
        spectrum, variance = spectrum.double(), noise.double() ** 2 + TINY
        mean_variance = variance.mean(dim=-1)
        weight = 1 / variance
        return cls(
            mean=spectrum.mean(dim=-1),
            spread=(spectrum.var(dim=-1, correction=0) + 1e-4 * mean_variance).sqrt(),
            noise=mean_variance.sqrt(),
            depth=(weight * spectrum).sum(dim=-1) / weight.sum(dim=-1),
            depth_error=weight.sum(dim=-1).rsqrt(),
        )

    @property
    def log_mean(self) -> Tensor:
        """Logarithm of the mean, also where noise makes that negative."""
        return soft_logarithm(self.mean, self.depth_error)

    @property
    def log_depth(self) -> Tensor:
        """Logarithm of the weighted mean, also where noise makes that negative."""
        return soft_logarithm(self.depth, self.depth_error)
