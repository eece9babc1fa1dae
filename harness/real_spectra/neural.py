"""Neural posterior estimation of one spectrum: rounds of simulating and learning, then importance weights."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import torch
from torch import Tensor

from harness.components.cores import on_every_core
from harness.components.progress import Advance
from harness.components.run import Run
from harness.data.schema import Parameter
from harness.errors import HarnessError
from harness.metrics.resampling import systematic_rows
from harness.real_spectra.learning import Learning, LearningPlan
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.pool import Pool
from harness.real_spectra.projection import training_pairs
from harness.real_spectra.proposal import Proposal
from harness.retrieval.kernels import Kernels, effective_size, from_places, over_the_prior, to_places
from harness.retrieval.nested_trace import NestedTrace

PIECE = 50  # spectra that one core computes at once
GROWTH = 1.3  # of the power, below which another round of kernels is not worth its time
HALF = 0.5  # the power of the likelihood that is at most left to where parameters are drawn from


def sample_by_learning(
    likelihood: MeasuredLikelihood,
    parameters: tuple[Parameter, ...],
    estimator: str,
    effective: int,
    seed: int,
    advance: Advance,
    plan: LearningPlan = LearningPlan(),  # noqa: B008
) -> tuple[NestedTrace, Learning]:
    r"""The posterior of one spectrum by densities that learn from simulations of its own, and weights.

    Each round draws parameters from what the last one learned (the first from the prior), weighs all drawn so
    far by a power :math:`\beta \leq 1/2` of the likelihood, and trains a density on pairs so drawn, with
    noise larger by :math:`(1 - \beta)^{-1/2}`. Such pairs have the prior
    :math:`p(\theta) L(\theta)^\beta` and the likelihood :math:`L^{1 - \beta}`, so that what is learned at
    the measured spectrum is the posterior itself, and no correction is needed as in other sequential methods
    (compare Greenberg et al. 2019; Deistler et al. 2022, who truncate). In the end the density proposes and
    the likelihood weighs (Dax et al. 2023, PRL 130, 171403).

    Arguments:
        likelihood: of the spectrum.
        parameters: with the bounds of their uniform priors.
        estimator: registered name of one that has a density.
        effective: sample size to reach.
        seed: of every random number.
        advance: is told of effective samples.
        plan: how much is simulated and learned.

    Raises:
        HarnessError: the estimator is none that can do this, or its density does not find the posterior.
    """
    begun = time.monotonic()
    simulate = _Simulator(likelihood, parameters, seed, plan)
    pool = Pool.empty(len(parameters), len(likelihood.spectrum_depth))
    simulate.prior_draws(pool, plan.first, advance)
    approaches = simulate.approach(pool, advance)
    told = 0
    for number in range(1, plan.rounds + 1):
        power, weights = pool.hardest(simulate.score(pool), plan.distinct, HALF)
        sharpness = min(1 - power, plan.step * power)
        proposal = simulate.learn(pool, weights, sharpness, estimator, number)
        reached = simulate.propose(pool, proposal, plan.simulations)
        size = float(effective_size(pool.log_weights(simulate.log_prior)[None]))
        told = _tell(
            advance,
            told,
            size,
            effective,
            f"round {number}, likelihood to the power {power:.2g}, efficiency {reached:.1%}",
        )
        if reached >= plan.enough or size >= effective:
            break
    _require_found(size + reached * plan.proposals, reached, plan)
    trained = time.monotonic()
    proposals, efficiency = plan.simulations, reached
    while size < effective and proposals < plan.proposals:
        reached = simulate.propose(pool, proposal, plan.simulations)
        efficiency = (efficiency * proposals + reached * plan.simulations) / (proposals + plan.simulations)
        proposals += plan.simulations
        size = float(effective_size(pool.log_weights(simulate.log_prior)[None]))
        told = _tell(advance, told, size, effective, f"weighting, efficiency {efficiency:.1%}")
    _require_found(size, efficiency, plan)
    now = time.monotonic()
    simulations = plan.first + (approaches + number) * plan.simulations
    how = Learning(number, simulations, trained - begun, now - trained, proposals, efficiency)
    return _trace(pool, simulate.log_prior), how


def _tell(advance: Advance, told: int, size: float, effective: int, note: str) -> int:
    now = max(told, min(int(size), effective))
    advance(now - told, note)
    return now


def _require_found(size: float, efficiency: float, plan: LearningPlan) -> None:
    """Refuse to answer with weights of a few rows: their intervals would say nothing."""
    if size < plan.least:
        raise HarnessError(
            f"After {plan.rounds} rounds the density has not found this posterior (importance efficiency "
            f"{efficiency:.2%}): it would rest on fewer than {plan.least} effective samples. Retrieve by "
            "--method nested-sampling."
        )


def _trace(pool: Pool, log_prior: float) -> NestedTrace:
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
        len(log_weights),
    ).ascending()


class _Simulator:
    """Draws, computes and learns."""

    def __init__(
        self,
        likelihood: MeasuredLikelihood,
        parameters: tuple[Parameter, ...],
        seed: int,
        plan: LearningPlan,
    ) -> None:
        self._likelihood, self._parameters, self._seed, self._plan = likelihood, parameters, seed, plan
        self._lower = torch.tensor([one.lower for one in parameters], dtype=torch.float64)
        self._upper = torch.tensor([one.upper for one in parameters], dtype=torch.float64)
        self._generator = torch.Generator().manual_seed(seed)
        self.log_prior = -float((self._upper - self._lower).log().sum())

    def prior_draws(self, pool: Pool, n: int, advance: Advance) -> None:
        """Add n draws from the prior."""
        unit = torch.rand(n, len(self._lower), generator=self._generator, dtype=torch.float64)
        values = self._lower + unit * (self._upper - self._lower)
        advance(0, f"simulating {n:,} spectra")
        self._add(pool, self._prior_density, values)

    def approach(self, pool: Pool, advance: Advance) -> int:
        """Add draws from kernels about those that count, while that leads towards the posterior; how often.

        A density is learned from distinct parameters where it is to be learned, and these are few at first.
        """
        bounds = torch.stack([self._lower, self._upper])
        power, weights = pool.hardest(self.score(pool), self._plan.near, HALF)
        for number in range(1, self._plan.approaches + 1):
            kernels = Kernels.about(to_places(pool.values, bounds)[None], weights[None], self._generator)

            def density(values: Tensor, kernels: Kernels = kernels) -> Tensor:
                places = to_places(values, bounds)[None]
                return over_the_prior(kernels.log_density(places), places)[0] + self.log_prior

            values = from_places(kernels.draw(self._plan.simulations, self._generator)[0], bounds)
            self._add(pool, density, values)
            before = power
            power, weights = pool.hardest(self.score(pool), self._plan.near, HALF)
            advance(0, f"approaching, likelihood to the power {power:.2g}")
            if power >= HALF or power < GROWTH * before:
                return number
        return self._plan.approaches

    def _prior_density(self, values: Tensor) -> Tensor:
        return torch.full((len(values),), self.log_prior, dtype=torch.float64)

    def propose(self, pool: Pool, proposal: Proposal, n: int) -> float:
        """Add n draws from a density; their importance efficiency."""
        values = proposal.draw(n).clamp(self._lower, self._upper)
        likelihood = self._add(pool, proposal.log_density, values)
        return float(effective_size((likelihood - pool.log_densities[-1][-n:])[None])) / n

    def _add(self, pool: Pool, density: Callable[[Tensor], Tensor], values: Tensor) -> Tensor:
        pieces = torch.split(values, PIECE)
        found = list(on_every_core(self._computed, pieces))
        depths, log_likelihood = (torch.cat(one) for one in zip(*found, strict=True))
        pool.add(density, values, depths, log_likelihood)
        return log_likelihood

    def _computed(self, values: Tensor) -> tuple[Tensor, Tensor]:
        with torch.no_grad():
            depths = self._likelihood.depths(values)
            total = self._likelihood.of_depths(depths, values).sum(dim=1)
        return depths, torch.where(total.isfinite(), total, -torch.inf)

    def score(self, pool: Pool) -> Tensor:
        """Minus half of chi square (N,): the likelihood without its norm, which the training's noise has."""
        scaled = self._likelihood.scaled_residuals(pool.depths, pool.values)
        total = -scaled.square().sum(dim=1) / 2
        return torch.where(pool.log_likelihood.isfinite(), total, -torch.inf)

    def learn(
        self, pool: Pool, log_weights: Tensor, sharpness: float, estimator: str, number: int
    ) -> Proposal:
        """A density of rows drawn from the pool by their weights."""
        offset = torch.rand((), generator=self._generator, dtype=torch.float64)
        n = min(len(log_weights), self._plan.pairs)
        rows = systematic_rows((log_weights - log_weights.max()).exp(), n, offset)
        rows = rows[torch.randperm(n, generator=self._generator)]
        pairs = training_pairs(
            self._likelihood, pool.values[rows], pool.depths[rows], sharpness, self._generator
        )
        run = Run(name=estimator, seed=self._seed, streams=(estimator, f"round {number}"))
        return Proposal.trained(estimator, self._parameters, pairs, self._plan, run)
