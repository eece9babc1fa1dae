"""Parameters drawn for one measured spectrum, with the spectra that they make and their likelihoods."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from harness.components.cores import on_every_core
from harness.components.progress import Advance
from harness.data.schema import Parameter
from harness.errors import HarnessError
from harness.real_spectra.likelihood import PIECE, MeasuredLikelihood
from harness.real_spectra.local_kernels import LocalKernels
from harness.real_spectra.pool import Pool
from harness.real_spectra.rounds import Rounds
from harness.retrieval.kernels import effective_size, from_places, over_the_prior, to_places
from harness.retrieval.nested_trace import NestedTrace


class Proposes(Protocol):
    """A density that parameters are drawn from."""

    def draw(self, n: int) -> Tensor:
        """Parameters (n, P) in their units, float64; others at every call."""

    def log_density(self, values: Tensor) -> Tensor:
        """Log density (n,) of parameters (n, P), per unit of each of them."""


def trace_of(pool: Pool, log_prior: float, further: int = 0) -> NestedTrace:
    """Everything in a pool, weighted.

    Arguments:
        further: spectra that were computed and are not in the pool.

    Raises:
        HarnessError: nothing of it explains the spectrum.
    """
    log_weights = pool.log_weights(log_prior)
    total = log_weights.logsumexp(0)
    if not total.isfinite():
        raise HarnessError("None of the parameters that were proposed explains the spectrum at all.")
    kept = log_weights.isfinite()
    return NestedTrace(
        pool.values[kept].numpy(),
        (log_weights[kept] - total).exp().numpy(),
        pool.log_likelihood[kept].numpy(),
        float(total) - math.log(len(log_weights)),
        len(log_weights) + further,
    ).ascending()


class Simulator:
    """Draws parameters, and computes their spectra and likelihoods.

    Arguments:
        likelihood: of the spectrum.
        parameters: with the bounds of their uniform priors.
        seed: of every random number.
        rounds: keeps what was computed.

    Attributes:
        log_prior: of any parameters within the bounds.
        bounds: of the parameters (2, P).
    """

    def __init__(
        self,
        likelihood: MeasuredLikelihood,
        parameters: tuple[Parameter, ...],
        seed: int,
        rounds: Rounds,
    ) -> None:
        self.likelihood, self.parameters, self.seed, self.rounds = likelihood, parameters, seed, rounds
        self.lower = torch.tensor([one.lower for one in parameters], dtype=torch.float64)
        self.upper = torch.tensor([one.upper for one in parameters], dtype=torch.float64)
        self.bounds = torch.stack([self.lower, self.upper])
        self.generator = torch.Generator().manual_seed(seed)
        self.log_prior = -float((self.upper - self.lower).log().sum())

    def prior_draws(self, pool: Pool, n: int, advance: Advance) -> None:
        """Add n draws from the prior."""
        unit = torch.rand(n, len(self.lower), generator=self.generator, dtype=torch.float64)
        values = self.lower + unit * (self.upper - self.lower)
        advance(0, f"simulating {n:,} spectra")
        self.add(pool, self.prior_density, values)

    def draw_from(self, pool: Pool, kernels: LocalKernels, n: int, centres: Tensor | None = None) -> None:
        """Add n draws from kernels on the logistic scale.

        Arguments:
            centres: rows of the pool that the kernels are about (K,), or None where they are about others.
        """

        def density(values: Tensor) -> Tensor:
            places = to_places(values, self.bounds)
            return over_the_prior(kernels.log_density(places), places) + self.log_prior

        before = density(pool.values)
        if centres is not None:
            others = over_the_prior(kernels.log_density_of_others(), kernels.centres)
            before[centres] = others + self.log_prior
        self.add(pool, density, from_places(kernels.draw(n, self.generator), self.bounds), before)

    def places(self, pool: Pool, rows: Tensor) -> Tensor:
        """Of rows of a pool, on the logistic scale between the bounds (R, P)."""
        return to_places(pool.values[rows], self.bounds)

    def prior_density(self, values: Tensor) -> Tensor:
        """Of parameters (n, P): (n,)."""
        return torch.full((len(values),), self.log_prior, dtype=torch.float64)

    def propose(self, pool: Pool, proposal: Proposes, n: int) -> float:
        """Add n draws from a density; their importance efficiency."""
        values = proposal.draw(n).clamp(self.lower, self.upper)
        likelihood = self.add(pool, proposal.log_density, values)
        return float(effective_size((likelihood - pool.log_densities[-1][-n:])[None])) / n

    def add(
        self,
        pool: Pool,
        density: Callable[[Tensor], Tensor],
        values: Tensor,
        before: Tensor | None = None,
    ) -> Tensor:
        """Add parameters (n, P) that were drawn from a density, as `Pool.add`; their log-likelihoods (n,)."""
        depths, log_likelihood = self.rounds.spectra(values, lambda: self._all_computed(values))
        pool.add(density, values, depths, log_likelihood, before)
        return log_likelihood

    def _all_computed(self, values: Tensor) -> tuple[Tensor, Tensor]:
        found = list(on_every_core(self._computed, torch.split(values, PIECE)))
        depths, log_likelihood = (torch.cat(one) for one in zip(*found, strict=True))
        return depths, log_likelihood

    def _computed(self, values: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            depths = self.likelihood.depths(values)
            total = self.likelihood.of_depths(depths, values).sum(dim=1)
        return depths, torch.where(total.isfinite(), total, -torch.inf)
