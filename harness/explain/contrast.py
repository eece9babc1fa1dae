"""A spectrum as its mean, its spread over the channels, and the contrast of each channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor


@dataclass(frozen=True)
class Contrast:
    """Spectra taken apart: depth = mean + spread * contrast.

    What is done to contrasts leaves a planet its size: depths differ tenfold among planets, so that another
    planet's depth in one channel would be no spectrum at all.

    Attributes:
        mean, spread: over the channels that count (N, 1), float64.
        values: the contrast of every channel (N, W).
    """

    mean: Tensor
    spread: Tensor
    values: Tensor

    @classmethod
    def of(cls, spectrum: Tensor, counting: Tensor | None = None) -> Self:
        """Of spectra (N, W); mean and spread over the channels of the mask `counting` (W,), or all."""
        spectrum = spectrum.double()
        seen = spectrum if counting is None else spectrum[:, counting]
        spread, mean = torch.std_mean(seen, dim=1, keepdim=True, correction=0)
        spread = torch.where(spread > 0, spread, mean.abs() * 1e-9 + 1e-30)
        return cls(mean, spread, (spectrum - mean) / spread)

    def spectrum(self) -> Tensor:
        """Back to depths (N, W)."""
        return self.mean + self.spread * self.values


def partners(n: int, generator: torch.Generator) -> Tensor:
    """For each of n >= 2 planets another one (n,), each of them once."""
    order = torch.randperm(n, generator=generator)
    others = torch.empty(n, dtype=torch.int64)
    others[order] = order.roll(1)
    return others
