"""Posteriors of many planets at once by importance sampling that a density begins and kernels refine.

Proposals of a trained density are weighted by the likelihood; a mixture of kernels about those that count
proposes more, and so on until enough of them count. All proposals of all rounds count, each over the mixture
of everything that was proposed from (Cornuet et al. 2012, Adaptive Multiple Importance Sampling, Scand. J.
Stat. 39, 798), so that the density stays in it as a defence. A proposal that a kernel is about is weighted
by the other kernels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.retrieval.kernels import Kernels, effective_size, from_places, over_the_prior, to_places


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
    rows = torch.arange(len(values), device=values.device)
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
        kernels = [one[left] for one in kernels]
        places = to_places(values, bounds)
        kernels.append(Kernels.about(places, weighted.log_weights[left], generator))
        counts.append(per_round[number + 1])
        new_places = kernels[-1].draw(counts[-1], generator)
        new = from_places(new_places, bounds)
        likelihood = torch.cat([likelihood, log_likelihood(rows, new)], dim=1)
        fresh = [_uniform_density(log_density(rows, new), new, bounds)]
        fresh += [over_the_prior(one.log_density(new_places), new_places) for one in kernels]
        densities.append(over_the_prior(kernels[-1].log_density_of_others(places), places))
        densities = [torch.cat(pair, dim=1) for pair in zip(densities, fresh, strict=True)]
        values = torch.cat([values, new], dim=1)
    return [one for one in found if one is not None]


def _weighted(
    values: Tensor, likelihood: Tensor, densities: Sequence[Tensor], counts: Sequence[int]
) -> Weighted:
    total = sum(counts)
    parts = [one + math.log(count / total) for one, count in zip(densities, counts, strict=True)]
    return Weighted(values, likelihood - torch.stack(parts).logsumexp(dim=0), likelihood)


def _uniform_density(log_density: Tensor, values: Tensor, bounds: Tensor) -> Tensor:
    """A density of values over the prior's."""
    return log_density.double() + (bounds[1] - bounds[0]).log().sum()
