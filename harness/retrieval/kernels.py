"""Mixtures of Student t's about weighted samples: what later rounds of importance sampling propose from."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

KERNELS = 200  # centres of a round's mixture
WIDTH = 0.6  # of a kernel, over the weighted spread of what it is made from
FREEDOM = 6.0  # degrees of freedom of its Student t
LEAST = 100.0  # effective size of what kernels are made from; weights are tempered until there are as many
TINY = 1e-12  # of a scale, added where samples do not spread


@dataclass(frozen=True)
class Kernels:
    """A mixture of Student t's on the logistic scale between the bounds, one mixture for each planet.

    Attributes:
        centres: (B, K, P).
        factor: Cholesky factor of their common scale (B, P, P).
        chosen: which of the places that it was made from the centres are (B, K).
    """

    centres: Tensor
    factor: Tensor
    chosen: Tensor

    @classmethod
    def about(cls, places: Tensor, log_weights: Tensor, generator: torch.Generator) -> Kernels:
        """About places (B, M, P) drawn by their weights (B, M), tempered where few of them count."""
        share = (tempered(log_weights)).softmax(dim=1)
        chosen = torch.multinomial(share, KERNELS, replacement=True, generator=generator)
        centres = places.gather(1, chosen[..., None].expand(-1, -1, places.shape[2]))
        mean = (share[..., None] * places).sum(1, keepdim=True)
        apart = places - mean
        spread = torch.einsum("bm,bmp,bmq->bpq", share, apart, apart)
        spread = spread + TINY * torch.eye(places.shape[2], dtype=places.dtype, device=places.device)
        return cls(centres, torch.linalg.cholesky(spread) * WIDTH, chosen)

    def widened(self, times: float) -> Kernels:
        """The same kernels, so many times as wide."""
        return replace(self, factor=self.factor * times)

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        """n places of each planet (B, n, P)."""
        planets, count, width = self.centres.shape
        which = torch.randint(count, (planets, n, 1), generator=generator, device=self.centres.device)
        step = student_steps((planets, n, width), generator, self.centres)
        return self.centres.gather(1, which.expand(-1, -1, width)) + step @ self.factor.transpose(1, 2)

    def log_density(self, places: Tensor) -> Tensor:
        """Of places (B, n, P): (B, n)."""
        return self._powers(places).logsumexp(dim=2) - math.log(self.centres.shape[1])

    def log_density_of_others(self, places: Tensor) -> Tensor:
        """At the places (B, M, P) that it was made from, each by the kernels about the others (B, M).

        A kernel's peak is at its own centre, which its density would count as far more crowded than it is:
        weights over that are too small where they are largest, and so is the evidence, by some 15%.
        """
        powers = self._powers(places)
        planets, count = self.chosen.shape
        rows = torch.arange(planets, device=places.device)[:, None].expand(-1, count)
        columns = torch.arange(count, device=places.device).expand(planets, -1)
        powers[rows, self.chosen, columns] = -torch.inf
        own = torch.zeros(places.shape[:2], dtype=powers.dtype, device=places.device)
        own.scatter_add_(1, self.chosen, torch.ones_like(self.chosen, dtype=powers.dtype))
        return powers.logsumexp(dim=2) - (count - own).clamp(min=1).log()

    def _powers(self, places: Tensor) -> Tensor:
        """The log-density of each kernel at places (B, n, P): (B, n, K)."""
        width = self.centres.shape[2]
        scaled = torch.linalg.solve_triangular(self.factor, places.transpose(1, 2), upper=False)
        about = torch.linalg.solve_triangular(self.factor, self.centres.transpose(1, 2), upper=False)
        distance = torch.cdist(scaled.transpose(1, 2), about.transpose(1, 2)).square()
        power = -0.5 * (FREEDOM + width) * torch.log1p(distance / FREEDOM)
        norm = student_norm(width)
        scale = self.factor.diagonal(dim1=1, dim2=2).log().sum(1)
        return power + (norm - scale)[:, None, None]

    def __getitem__(self, planets: Tensor) -> Kernels:
        return Kernels(self.centres[planets], self.factor[planets], self.chosen[planets])


def student_steps(shape: tuple[int, ...], generator: torch.Generator, like: Tensor) -> Tensor:
    """Draws (..., P) of a Student t of unit scale, on the device and of the kind of another tensor."""
    device, dtype = like.device, like.dtype
    normal = torch.randn(*shape, generator=generator, device=device, dtype=dtype)
    # a sum of squares of FREEDOM normal deviates, for the tails of a Student t
    deviates = torch.randn(*shape[:-1], int(FREEDOM), generator=generator, device=device, dtype=dtype)
    steps: Tensor = normal * (FREEDOM / deviates.square().sum(-1))[..., None].sqrt()
    return steps


def student_norm(width: int) -> float:
    """The log-density of a Student t of so many dimensions and unit scale at its centre."""
    norm = math.lgamma((FREEDOM + width) / 2) - math.lgamma(FREEDOM / 2)
    return norm - 0.5 * width * math.log(FREEDOM * math.pi)


def effective_size(log_weights: Tensor) -> Tensor:
    """Kish's (B,) of log weights (B, M); 0 where none counts."""
    share = log_weights.softmax(dim=1).nan_to_num(0.0)
    return share.sum(1).square() / share.square().sum(1).clamp(min=1e-300)


def tempered(log_weights: Tensor, least: float = LEAST) -> Tensor:
    """The log weights (B, M) times the largest number up to 1 that leaves an effective size of `least`."""
    usable = log_weights.clamp(min=-1e30)
    usable = usable - usable.amax(dim=1, keepdim=True)
    low = torch.zeros(len(usable), 1, dtype=torch.float64, device=usable.device)
    high = torch.ones_like(low)
    enough = effective_size(usable)[:, None] >= least
    for _ in range(40):
        middle = (low + high) / 2
        fits = effective_size(usable * middle)[:, None] >= least
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    return usable * torch.where(enough, 1.0, low)


def to_places(values: Tensor, bounds: Tensor) -> Tensor:
    """Values (..., P) on the logistic scale between the bounds (2, P)."""
    return ((values - bounds[0]) / (bounds[1] - bounds[0])).clamp(1e-12, 1 - 1e-12).logit()


def from_places(places: Tensor, bounds: Tensor) -> Tensor:
    """The values (..., P) between the bounds (2, P) of places on the logistic scale."""
    return bounds[0] + (bounds[1] - bounds[0]) * places.sigmoid()


def over_the_prior(log_density: Tensor, places: Tensor) -> Tensor:
    """A log density (...) of places (..., P), as one of values over the uniform prior's."""
    return log_density - log_prior_of(places)


def log_prior_of(places: Tensor) -> Tensor:
    """The log-density (...) that a uniform prior has at places (..., P) on the logistic scale."""
    return (torch.nn.functional.logsigmoid(places) + torch.nn.functional.logsigmoid(-places)).sum(-1)
