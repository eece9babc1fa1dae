"""Kernels that compare two points, for the maximum mean discrepancy."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.metrics.chunks import slices
from harness.metrics.pairwise import PairFunction, euclidean
from harness.metrics.resampling import systematic_resample

# Points of either sample that the median distance is taken over
REPRESENTATIVES = 256


class Kernel(ABC):
    """A kernel k(x, y) whose free constants are taken from the samples that it compares."""

    @abstractmethod
    def fitted(self, a: Tensor, b: Tensor, mass_a: Tensor, mass_b: Tensor) -> PairFunction:
        """The kernel for samples a (B, N, D) and b (B, M, D) with masses (B, N) and (B, M)."""


@dataclass(frozen=True)
class RBF(Kernel):
    r"""A mixture of Gaussian kernels: the mean over scales s of exp(-|x - y|^2 / 2 (s h)^2).

    Attributes:
        scales: s, factors of the bandwidth.
        bandwidth: h, in units of the samples; for each planet the median distance between two points of
            both samples together if None (median heuristic), taken as a constant by the gradient. In
            large samples 256 points of either, evenly spaced through its mass, stand for all.

    References:
        Gretton, Borgwardt, Rasch, Schölkopf & Smola 2012, A Kernel Two-Sample Test, Journal of Machine
        Learning Research 13, 723, for the heuristic; Li, Swersky & Zemel 2015, Generative Moment Matching
        Networks, https://arxiv.org/abs/1502.02761, for the mixture.
    """

    scales: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0)
    bandwidth: float | None = None

    def __post_init__(self) -> None:
        if not self.scales or not all(0 < scale < math.inf for scale in self.scales):
            raise ValueError(f"scales must be positive numbers, not {self.scales}")
        if self.bandwidth is not None and not 0 < self.bandwidth < math.inf:
            raise ValueError(f"bandwidth must be positive, not {self.bandwidth}")

    def fitted(self, a: Tensor, b: Tensor, mass_a: Tensor, mass_b: Tensor) -> PairFunction:
        if self.bandwidth is None:
            bandwidth = median_distance(a, b, mass_a, mass_b)
        else:
            bandwidth = a.new_full(a.shape[:1], self.bandwidth)

        def kernel(x: Tensor, y: Tensor, some: slice) -> Tensor:
            exponent = (euclidean(x, y) / bandwidth[some, None, None]).square() * -0.5
            total = torch.zeros_like(exponent)
            for scale in self.scales:
                total = total + (exponent / scale**2).exp()
            return total / len(self.scales)

        return kernel


@dataclass(frozen=True)
class Polynomial(Kernel):
    """The kernel (scale x . y + offset)^degree: it compares the moments up to the degree.

    Attributes:
        degree: at least 1.
        scale: factor of the scalar product; 1 / D if None.
        offset: zero or positive; the larger, the more the low moments count.
    """

    degree: int = 3
    scale: float | None = None
    offset: float = 1.0

    def __post_init__(self) -> None:
        if self.degree < 1 or self.offset < 0 or (self.scale is not None and self.scale <= 0):
            raise ValueError(f"degree must be at least 1, scale above 0 and offset not below 0: {self}")

    def fitted(self, a: Tensor, b: Tensor, mass_a: Tensor, mass_b: Tensor) -> PairFunction:
        scale = 1.0 / a.shape[-1] if self.scale is None else self.scale

        def kernel(x: Tensor, y: Tensor, some: slice) -> Tensor:
            values: Tensor = (scale * (x @ y.mT) + self.offset) ** self.degree
            return values

        return kernel


@torch.no_grad()
def median_distance(a: Tensor, b: Tensor, mass_a: Tensor, mass_b: Tensor) -> Tensor:
    """The median distance between two different points of a (B, N, D) and b (B, M, D) together (B,).

    It is 1 where it would be 0, and no bandwidth.
    """
    pooled = torch.cat([_representatives(a, mass_a), _representatives(b, mass_b)], dim=1)
    points = pooled.shape[1]
    i, j = torch.triu_indices(points, points, 1, device=a.device)
    medians = a.new_ones(len(a))
    for some in slices(len(a), points**2, a.device):
        medians[some] = euclidean(pooled[some], pooled[some])[:, i, j].median(dim=1).values
    return torch.where(medians > 0, medians, 1.0)


def _representatives(sample: Tensor, mass: Tensor) -> Tensor:
    """At most 256 points of a sample (B, n, D), as many in proportion as their mass (B, n)."""
    if sample.shape[1] <= REPRESENTATIVES and bool((mass == mass[:, :1]).all()):
        return sample
    middle = torch.full(mass.shape[:1], 0.5, dtype=torch.float64, device=mass.device)
    count = torch.full(mass.shape[:1], REPRESENTATIVES, device=mass.device)
    padded = torch.nn.functional.pad(mass, (0, max(0, REPRESENTATIVES - mass.shape[1])))
    chosen = systematic_resample(padded, middle, count)[:, :REPRESENTATIVES]
    return sample.gather(1, chosen[..., None].expand(-1, -1, sample.shape[2]))
