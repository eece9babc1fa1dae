"""A distribution given by a few of its quantiles: straight between them in normal scores, and beyond."""

from __future__ import annotations

import math

import torch
from torch import Tensor

LEAST_GAP = 1e-4  # between neighbouring quantiles, in spreads of the training parameters


class QuantileFunction:
    r"""Distributions whose quantiles are known at K normal scores, equally far apart.

    A score z stands for the level :math:`\Phi(z)`. Between two known scores the quantile is linear in z, so
    that each piece is that of a normal distribution; the outermost pieces go on without end. Quantiles that
    cross are brought into order first (Chernozhukov, Fernandez-Val & Galichon 2010, Econometrica 78, 1093).

    Arguments:
        scores: ascending and equally far apart (K,).
        quantiles: at these scores, in any order (..., K).
    """

    def __init__(self, scores: Tensor, quantiles: Tensor) -> None:
        ordered = quantiles.sort(dim=-1).values
        gaps = ordered.diff(dim=-1).clamp(min=LEAST_GAP)
        self.quantiles = torch.cat([ordered[..., :1], ordered[..., :1] + gaps.cumsum(-1)], dim=-1)
        self.gaps = gaps
        self.first = float(scores[0])
        self.step = float(scores[1] - scores[0])

    def __call__(self, scores: Tensor) -> Tensor:
        """The quantiles (..., n) at normal scores (..., n)."""
        place = (scores - self.first) / self.step
        piece = place.floor().long().clamp(0, self.gaps.shape[-1] - 1)
        return self.quantiles.gather(-1, piece) + (place - piece) * self.gaps.gather(-1, piece)

    def scores(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """The normal scores (..., n) of values (..., n), and log |d score / d value| (..., n)."""
        inner = self.quantiles[..., 1:-1].contiguous()
        piece = torch.searchsorted(inner, values.contiguous())
        gap = self.gaps.gather(-1, piece)
        place = piece + (values - self.quantiles.gather(-1, piece)) / gap
        return self.first + self.step * place, math.log(self.step) - gap.log()


def equal_scores(count: int, largest: float) -> Tensor:
    """So many normal scores from -largest to largest (count,), float32."""
    return torch.linspace(-largest, largest, count)
