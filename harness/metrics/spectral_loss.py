"""How far the spectra of two posteriors are apart in the Ariel 2023 score."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# what a transit depth may be; a depth that is not finite counts as the deepest
SHALLOWEST, DEEPEST = 1e-8, 0.1
# added to the spread, so that it has a logarithm
SMALLEST_SPREAD = 1e-8


@dataclass(frozen=True)
class Bundle:
    """The middle and the spread of some spectra in each channel, transit depths (B, W)."""

    median: Tensor
    spread: Tensor

    @classmethod
    def of(cls, spectra: Tensor) -> Bundle:
        """Median and interquartile range over spectra (B, K, W).

        Quantiles are interpolated linearly. A quantile that is not finite becomes 0.1, and all are
        clipped to 1e-8 and 0.1.
        """
        levels = spectra.new_tensor([0.25, 0.5, 0.75])
        quartiles = spectra.quantile(levels, dim=1)
        quartiles = quartiles.where(quartiles.isfinite(), DEEPEST).clamp(SHALLOWEST, DEEPEST)
        lower, median, upper = quartiles
        return cls(median, upper - lower + SMALLEST_SPREAD)


def agreement(predicted: Bundle, truth: Bundle) -> Tensor:
    """The spectral score of B planets (B,), from 0 to 1000.

    With x the median or the spread, the loss of each is 100 times the mean over channels of
    |log10 x - log10 x_truth|, or of its square where the means of x and x_truth over channels differ by
    a factor of 10 or more. The score is 1000 minus the mean of the two losses, and at least 0.

    A lower quartile of minus infinity becomes 0.1, above a finite upper one: a spread below zero, which has
    no logarithm. The published scorer answers NaN for all planets then; here this one scores 0.
    """
    losses = _loss(predicted.median, truth.median) + _loss(predicted.spread, truth.spread)
    return (1000 - losses / 2).clamp(min=0).nan_to_num(nan=0.0)


def _loss(predicted: Tensor, truth: Tensor) -> Tensor:
    levels_apart = (predicted.mean(dim=-1) / truth.mean(dim=-1)).log10().abs()
    difference = predicted.log10() - truth.log10()
    squared = difference.square().mean(dim=-1)
    return 100 * torch.where(levels_apart >= 1, squared, difference.abs().mean(dim=-1))
