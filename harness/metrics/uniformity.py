"""Whether numbers are uniform: bands around their distribution function, and a test by them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

SIMULATIONS = 2000


@dataclass(frozen=True)
class UniformBand:
    """Where the distribution function of N uniform numbers lies, at all levels at once.

    Attributes:
        levels: where it is looked at (K,).
        low, high: ends of the band (K,): 95% of draws of N uniform numbers never leave it.
        n: how many numbers.
        extremes: of simulated draws the smallest two-sided p-value of all levels, sorted.

    Reference:
        Säilynoja, Bürkner & Vehtari 2022, Graphical test for discrete uniformity and its applications in
        goodness-of-fit evaluation and multiple sample comparison, Statistics and Computing 32, 32.
    """

    levels: Tensor
    low: Tensor
    high: Tensor
    n: int
    extremes: Tensor

    @classmethod
    def of(cls, n: int, levels: Tensor, level: float = 0.95, seed: int = 0) -> UniformBand:
        """The band for n numbers.

        Arguments:
            n: how many numbers, at least 1.
            levels: K ascending numbers between 0 and 1, ends excluded.
            level: share of uniform draws that stay within the band.
            seed: of the draws.
        """
        levels = levels.double().cpu()
        generator = torch.Generator().manual_seed(seed)
        drawn = torch.rand((SIMULATIONS, n), generator=generator, dtype=torch.float64)
        two_sided = _two_sided(n, levels)
        extremes = two_sided.gather(1, _counts(drawn, levels).T).amin(dim=0).sort().values
        # counts that mirror each other are as far from uniform, and differ by rounding
        threshold = extremes[int((1 - level) * SIMULATIONS)] * (1 - 1e-9)
        inside = (two_sided >= threshold).double()  # (K, n + 1): an interval of counts at each level
        low = inside.argmax(dim=1)
        high = n - inside.flip(1).argmax(dim=1)
        return cls(levels, low.double() / n, high.double() / n, n, extremes)

    def p_value(self, values: Tensor) -> Tensor:
        """The share of uniform draws that stray as far from uniform as values (..., n) do (...), float64."""
        flat = values.double().cpu().reshape(-1, self.n)
        least = _two_sided(self.n, self.levels).gather(1, _counts(flat, self.levels).T).amin(dim=0)
        # what is as far but for rounding counts as being so
        reached = torch.searchsorted(self.extremes, least * (1 + 1e-9), right=True)
        return ((1 + reached).double() / (1 + len(self.extremes))).reshape(values.shape[:-1])


def share_below(values: Tensor, levels: Tensor) -> Tensor:
    """The distribution function of values (..., n) at levels (K,): (..., K), float64."""
    flat = values.double().cpu().reshape(-1, values.shape[-1])
    shares = _counts(flat, levels.double().cpu()).double() / values.shape[-1]
    return shares.reshape(*values.shape[:-1], len(levels))


def binomial_band(n: int, probability: float, level: float = 0.95) -> tuple[float, float]:
    """The counts that hold the central part of a binomial distribution of n trials, for a histogram's bin."""
    below = _distribution(n, torch.tensor([probability], dtype=torch.float64))[0]
    tail = (1 - level) / 2
    return float((below < tail).sum()), float((below < 1 - tail).sum())


def _counts(values: Tensor, levels: Tensor) -> Tensor:
    """How many of values (B, n) are at or below each level (B, K)."""
    ordered = values.sort(dim=-1).values.contiguous()
    return torch.searchsorted(ordered, levels.expand(len(values), -1).contiguous(), right=True)


def _distribution(n: int, probabilities: Tensor) -> Tensor:
    """Binomial distribution functions (K, n + 1) of n trials."""
    return _masses(n, probabilities).cumsum(dim=1).clamp(max=1.0)


def _masses(n: int, probabilities: Tensor) -> Tensor:
    k = torch.arange(n + 1, dtype=torch.float64)
    total = torch.tensor(float(n), dtype=torch.float64)
    ways = torch.lgamma(total + 1) - torch.lgamma(k + 1) - torch.lgamma(total - k + 1)
    p = probabilities[:, None]
    return torch.exp(ways + k * p.log() + (total - k) * (-p).log1p())


def _two_sided(n: int, levels: Tensor) -> Tensor:
    """Twice the smaller tail of each count at each level (K, n + 1)."""
    masses = _masses(n, levels)
    at_most = masses.cumsum(dim=1)
    at_least = masses.flip(1).cumsum(dim=1).flip(1)
    return 2 * torch.minimum(at_most, at_least)
