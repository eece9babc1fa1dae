"""Everything that was drawn for one spectrum, each row over the mixture of all that was drawn from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

Density = Callable[[Tensor], Tensor]  # parameters (n, P) -> log density (n,)


@dataclass
class Pool:
    """Rows drawn from several densities, weighted over their mixture (Cornuet et al. 2012, Scand. J. Stat.).

    Attributes:
        values: (N, P).
        depths: that they make (N, C).
        log_likelihood: (N,); minus infinity where there is no planet.
        densities: that were drawn from.
        counts: rows of each.
        log_densities: of each of the densities at all rows (N,).
    """

    values: Tensor
    depths: Tensor
    log_likelihood: Tensor
    densities: list[Density] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    log_densities: list[Tensor] = field(default_factory=list)

    @classmethod
    def empty(cls, parameters: int, channels: int) -> Pool:
        """Of no rows yet."""
        none = torch.zeros(0, dtype=torch.float64)
        return cls(none.reshape(0, parameters), none.reshape(0, channels), none)

    def add(
        self,
        density: Density,
        values: Tensor,
        depths: Tensor,
        log_likelihood: Tensor,
        before: Tensor | None = None,
    ) -> None:
        """Rows drawn from a density, one that is there already or a new one.

        Arguments:
            density: which.
            values, depths, log_likelihood: of the new rows (n, P), (n, C), (n,).
            before: a new density at the rows that are there (N,), where it was made from these and would
                count itself.
        """
        there = self.values
        self.values = torch.cat([self.values, values])
        self.depths = torch.cat([self.depths, depths])
        self.log_likelihood = torch.cat([self.log_likelihood, log_likelihood])
        for at, one in enumerate(self.densities):
            self.log_densities[at] = torch.cat([self.log_densities[at], one(values)])
        if density in self.densities:
            self.counts[self.densities.index(density)] += len(values)
            return
        self.densities.append(density)
        self.counts.append(len(values))
        before = density(there) if before is None else before
        self.log_densities.append(torch.cat([before, density(values)]))

    @property
    def log_mixture(self) -> Tensor:
        """Log density (N,) of all that was drawn from, together."""
        total = sum(self.counts)
        parts = [one + math.log(n / total) for one, n in zip(self.log_densities, self.counts, strict=True)]
        return torch.stack(parts).logsumexp(dim=0)

    def log_weights(self, log_prior: float) -> Tensor:
        """Of the posterior (N,); their mean is the evidence."""
        return log_prior + self.log_likelihood - self.log_mixture

    def under(self, score: Tensor, power: float) -> Tensor:
        """Log weights (N,) of the rows under a power of the likelihood whose logarithm they have (N,)."""
        usable = score.isfinite()
        relative = torch.where(usable, score - score[usable].max(), -torch.inf)
        return torch.where(usable, power * relative.clamp(min=-1e30) - self.log_mixture, -torch.inf)


def shared_out(log_weights: Tensor, rows: float) -> Tensor:
    """The log weights (N,), the largest made less so that none is more of their sum than 1 of so many rows.

    A row where the densities so far are too low by chance would otherwise be all that is gone on from.
    Truncated importance weights (Ionides 2008, Journal of Computational and Graphical Statistics 17, 295).
    """
    ordered = log_weights.sort(descending=True).values
    left = ordered.flip(0).logcumsumexp(0).flip(0)  # of their sum, without those that are larger
    most = min(math.ceil(rows), int(ordered.isfinite().sum()))
    equal = torch.arange(most, 0, -1, dtype=ordered.dtype)  # where so many more rows are made so large
    bound = left[:most] - equal.log()
    first = int((bound >= ordered[:most]).nonzero()[0])
    return log_weights.clamp(max=float(bound[first]))
