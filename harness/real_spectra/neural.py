"""Neural posterior estimation of one spectrum: rounds of simulating and learning, then importance weights."""

from __future__ import annotations

import time
from pathlib import Path

import torch
from torch import Tensor

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
from harness.real_spectra.rounds import Rounds
from harness.real_spectra.simulator import Simulator, trace_of
from harness.retrieval.kernels import effective_size
from harness.retrieval.nested_trace import NestedTrace

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
    folder: Path | None = None,
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
        folder: where finished rounds are kept, and found again; None to keep none.

    Raises:
        HarnessError: the estimator is none that can do this, or its density does not find the posterior.
    """
    begun = time.monotonic()
    simulate = _Learner(likelihood, parameters, seed, plan, Rounds(folder))
    pool = Pool.empty(len(parameters), len(likelihood.spectrum_depth))
    simulate.prior_draws(pool, plan.first, advance)
    approaches = simulate.approach(pool, advance)
    for number in range(1, plan.rounds + 1):
        power, weights = pool.hardest(simulate.score(pool), plan.distinct, HALF)
        sharpness = min(1 - power, plan.step * power)
        proposal = simulate.learn(pool, weights, sharpness, estimator, number)
        reached = simulate.propose(pool, proposal, plan.simulations)
        size = float(effective_size(pool.log_weights(simulate.log_prior)[None]))
        # what has effect before the last round says nothing of the time that is left
        advance(0, f"round {number}, likelihood to the power {power:.2g}, efficiency {reached:.1%}")
        if reached >= plan.enough or size >= effective:
            break
    _require_found(size + reached * plan.proposals, reached, plan)
    told = _tell(advance, 0, size, effective, f"weighting, efficiency {reached:.1%}")
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
    return trace_of(pool, simulate.log_prior), how


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


class _Learner(Simulator):
    """A simulator that learns densities of what it computed."""

    def __init__(
        self,
        likelihood: MeasuredLikelihood,
        parameters: tuple[Parameter, ...],
        seed: int,
        plan: LearningPlan,
        rounds: Rounds,
    ) -> None:
        super().__init__(likelihood, parameters, seed, rounds)
        self._plan = plan

    def approach(self, pool: Pool, advance: Advance) -> int:
        """Add draws from kernels about those that count, while that leads towards the posterior; how often.

        A density is learned from distinct parameters where it is to be learned, and these are few at first.
        """
        power, weights = pool.hardest(self.score(pool), self._plan.near, HALF)
        for number in range(1, self._plan.approaches + 1):
            self.draw_about(pool, weights, self._plan.simulations)
            before = power
            power, weights = pool.hardest(self.score(pool), self._plan.near, HALF)
            advance(0, f"approaching, likelihood to the power {power:.2g}")
            if power >= HALF or power < GROWTH * before:
                return number
        return self._plan.approaches

    def score(self, pool: Pool) -> Tensor:
        """Minus half of chi square (N,): the likelihood without its norm, which the training's noise has."""
        scaled = self.likelihood.scaled_residuals(pool.depths, pool.values)
        total = -scaled.square().sum(dim=1) / 2
        return torch.where(pool.log_likelihood.isfinite(), total, -torch.inf)

    def learn(
        self, pool: Pool, log_weights: Tensor, sharpness: float, estimator: str, number: int
    ) -> Proposal:
        """A density of rows drawn from the pool by their weights."""
        offset = torch.rand((), generator=self.generator, dtype=torch.float64)
        n = min(len(log_weights), self._plan.pairs)
        rows = systematic_rows((log_weights - log_weights.max()).exp(), n, offset)
        rows = rows[torch.randperm(n, generator=self.generator)]
        pairs = training_pairs(
            self.likelihood, pool.values[rows], pool.depths[rows], sharpness, self.generator
        )
        run = Run(name=estimator, seed=self.seed, streams=(estimator, f"round {number}"))
        return Proposal.trained(estimator, self.parameters, pairs, self._plan, run, self.rounds)
