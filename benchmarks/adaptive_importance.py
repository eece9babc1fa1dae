"""Posteriors of many planets at once by importance sampling that a density begins and kernels refine.

Proposals of a trained density are weighted by the likelihood; a mixture of kernels about those that count
proposes more, and so on until enough of them count. All proposals of all rounds count, each over the mixture
of everything that was proposed from (Cornuet et al. 2012, Adaptive Multiple Importance Sampling, Scand. J.
Stat. 39, 798), so that the density stays in it as a defence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

KERNELS = 200  # centres of a round's mixture
WIDTH = 0.6  # of a kernel, over the weighted spread of what it is made from
FREEDOM = 6.0  # degrees of freedom of its Student t
LEAST = 100.0  # effective size of what kernels are made from; weights are tempered until there are as many


@dataclass(frozen=True)
class Weighted:
    """What was proposed for B planets: values (B, M, P), log weights (B, M), log likelihoods (B, M).

    The mean of the weights is the evidence, for a prior that is uniform within the bounds.
    """

    values: Tensor
    log_weights: Tensor
    log_likelihood: Tensor

    @property
    def effective(self) -> Tensor:
        """Kish's effective sample size (B,)."""
        return effective_size(self.log_weights)


@dataclass(frozen=True)
class Kernels:
    """A mixture of Student t's on the logistic scale between the bounds, one mixture for each planet.

    Attributes:
        centres: (B, K, P).
        factor: Cholesky factor of their common scale (B, P, P).
    """

    centres: Tensor
    factor: Tensor

    @classmethod
    def about(cls, places: Tensor, log_weights: Tensor, generator: torch.Generator) -> Kernels:
        """About places (B, M, P) drawn by their weights (B, M), tempered where few of them count."""
        share = (tempered(log_weights)).softmax(dim=1)
        chosen = torch.multinomial(share, KERNELS, replacement=True, generator=generator)
        centres = places.gather(1, chosen[..., None].expand(-1, -1, places.shape[2]))
        mean = (share[..., None] * places).sum(1, keepdim=True)
        apart = places - mean
        spread = torch.einsum("bm,bmp,bmq->bpq", share, apart, apart)
        spread = spread + 1e-12 * torch.eye(places.shape[2], dtype=places.dtype)
        return cls(centres, torch.linalg.cholesky(spread) * WIDTH)

    def draw(self, n: int, generator: torch.Generator) -> Tensor:
        """n places of each planet (B, n, P)."""
        planets, count, width = self.centres.shape
        which = torch.randint(count, (planets, n, 1), generator=generator).expand(-1, -1, width)
        normal = torch.randn(planets, n, width, generator=generator, dtype=self.centres.dtype)
        # a sum of squares of FREEDOM normal deviates, for the tails of a Student t
        squares = (
            torch.randn(planets, n, int(FREEDOM), generator=generator, dtype=normal.dtype).square().sum(2)
        )
        step = normal * (FREEDOM / squares)[..., None].sqrt()
        return self.centres.gather(1, which) + step @ self.factor.transpose(1, 2)

    def log_density(self, places: Tensor) -> Tensor:
        """Of places (B, n, P): (B, n)."""
        count, width = self.centres.shape[1:]
        scaled = torch.linalg.solve_triangular(self.factor, places.transpose(1, 2), upper=False)
        about = torch.linalg.solve_triangular(self.factor, self.centres.transpose(1, 2), upper=False)
        distance = torch.cdist(scaled.transpose(1, 2), about.transpose(1, 2)).square()
        power = -0.5 * (FREEDOM + width) * torch.log1p(distance / FREEDOM)
        norm = math.lgamma((FREEDOM + width) / 2) - math.lgamma(FREEDOM / 2)
        norm -= 0.5 * width * math.log(FREEDOM * math.pi)
        scale = self.factor.diagonal(dim1=1, dim2=2).log().sum(1, keepdim=True)
        return power.logsumexp(dim=2) - math.log(count) + norm - scale


def sample(
    draw: Callable[[int], Tensor],
    log_density: Callable[[Tensor, Tensor], Tensor],
    log_likelihood: Callable[[Tensor, Tensor], Tensor],
    bounds: Tensor,
    effective: Tensor,
    per_round: Sequence[int],
    generator: torch.Generator,
) -> list[Weighted]:
    """Weighted samples of each planet's posterior under the uniform prior within the bounds.

    Arguments:
        draw: n -> proposals (B, n, P) in their units.
        log_density: (rows (b,) of the planets, values (b, n, P)) -> (b, n), per unit of each parameter.
        log_likelihood: the same of the likelihood; minus infinity where there is no planet.
        bounds: (2, P).
        effective: the effective size that is wanted of each planet (B,).
        per_round: proposals of each round; the first is the density's. Planets that have enough leave.
        generator: of the kernels' draws.

    Returns:
        for each planet what was proposed (1, M, P).
    """
    values = draw(per_round[0]).double()
    rows = torch.arange(len(values))
    found: list[Weighted | None] = [None] * len(values)
    likelihood = log_likelihood(rows, values)
    densities = [_uniform_density(log_density(rows, values), values, bounds)]
    kernels: list[Kernels] = []
    counts = [per_round[0]]
    for number in range(len(per_round)):
        weighted = _weighted(values, likelihood, densities, counts)
        last = number == len(per_round) - 1
        done = (weighted.effective >= effective[rows]) | last
        for planet in torch.nonzero(done).flatten().tolist():
            one = slice(planet, planet + 1)
            found[int(rows[planet])] = Weighted(
                weighted.values[one], weighted.log_weights[one], weighted.log_likelihood[one]
            )
        left = torch.nonzero(~done).flatten()
        if last or len(left) == 0:
            break
        rows, values, likelihood = rows[left], values[left], likelihood[left]
        densities = [one[left] for one in densities]
        kernels = [Kernels(one.centres[left], one.factor[left]) for one in kernels]
        places = _places(values, bounds)
        kernels.append(Kernels.about(places, weighted.log_weights[left], generator))
        counts.append(per_round[number + 1])
        new_places = kernels[-1].draw(counts[-1], generator)
        new = bounds[0] + (bounds[1] - bounds[0]) * new_places.sigmoid()
        likelihood = torch.cat([likelihood, log_likelihood(rows, new)], dim=1)
        fresh = [_uniform_density(log_density(rows, new), new, bounds)]
        fresh += [_on_the_box(one.log_density(new_places), new_places) for one in kernels]
        densities.append(_on_the_box(kernels[-1].log_density(places), places))
        densities = [torch.cat(pair, dim=1) for pair in zip(densities, fresh, strict=True)]
        values = torch.cat([values, new], dim=1)
    return [one for one in found if one is not None]


def effective_size(log_weights: Tensor) -> Tensor:
    """Kish's (B,) of log weights (B, M); 0 where none counts."""
    share = log_weights.softmax(dim=1).nan_to_num(0.0)
    return share.sum(1).square() / share.square().sum(1).clamp(min=1e-300)


def tempered(log_weights: Tensor, least: float = LEAST) -> Tensor:
    """The log weights (B, M) times the largest number up to 1 that leaves an effective size of `least`."""
    usable = log_weights.clamp(min=-1e30)
    usable = usable - usable.amax(dim=1, keepdim=True)
    low, high = torch.zeros(len(usable), 1).double(), torch.ones(len(usable), 1).double()
    enough = effective_size(usable)[:, None] >= least
    for _ in range(40):
        middle = (low + high) / 2
        fits = effective_size(usable * middle)[:, None] >= least
        low, high = torch.where(fits, middle, low), torch.where(fits, high, middle)
    return usable * torch.where(enough, 1.0, low)


def _weighted(
    values: Tensor, likelihood: Tensor, densities: Sequence[Tensor], counts: Sequence[int]
) -> Weighted:
    total = sum(counts)
    parts = [one + math.log(count / total) for one, count in zip(densities, counts, strict=True)]
    return Weighted(values, likelihood - torch.stack(parts).logsumexp(dim=0), likelihood)


def _uniform_density(log_density: Tensor, values: Tensor, bounds: Tensor) -> Tensor:
    """A density of values over the prior's."""
    return log_density.double() + (bounds[1] - bounds[0]).log().sum()


def _places(values: Tensor, bounds: Tensor) -> Tensor:
    """Values on the logistic scale between the bounds."""
    return ((values - bounds[0]) / (bounds[1] - bounds[0])).clamp(1e-12, 1 - 1e-12).logit()


def _on_the_box(log_density: Tensor, places: Tensor) -> Tensor:
    """A density of places on the logistic scale, over the prior's."""
    return log_density - (
        torch.nn.functional.logsigmoid(places) + torch.nn.functional.logsigmoid(-places)
    ).sum(-1)
