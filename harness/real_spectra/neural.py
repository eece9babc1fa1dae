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
from harness.real_spectra.curvature import Curvature, information
from harness.real_spectra.learning import Learning, LearningPlan
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.local_kernels import LocalKernels
from harness.real_spectra.pool import Pool, shared_out
from harness.real_spectra.projection import training_pairs
from harness.real_spectra.proposal import Proposal
from harness.real_spectra.rounds import Rounds
from harness.real_spectra.simulator import Simulator, trace_of
from harness.retrieval.kernels import KERNELS, WIDTH, effective_size, log_prior_of, tempered
from harness.retrieval.nested_trace import NestedTrace

HALF = 0.5  # the power of the likelihood that is left to where parameters are drawn from
THIRD = 0.3  # the same, where errors are among the parameters
NEXT = 0.4  # times that power, for the wider half of the first kernels
LIKE_ANY = 10  # times the mean that a row may count, of as many as are to have effect


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

    Parameters drawn from the prior climb to where the likelihood is large, and kernels about there draw more.
    Then each round weighs all drawn so far by a power :math:`\beta` of the likelihood, trains a density on
    pairs so drawn, with noise larger by :math:`(1 - \beta)^{-1/2}`, and draws from it. Such pairs have the
    prior :math:`p(\theta) L(\theta)^\beta` and the likelihood :math:`L^{1 - \beta}`, so that what is learned
    at the measured spectrum is the posterior itself, and no correction is needed as in other sequential ones
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
    simulate.approach(pool, advance)
    for number in range(1, plan.rounds + 1):
        proposal = simulate.learn(pool, estimator, number)
        reached = simulate.propose(pool, proposal, plan.simulations)
        weights = pool.log_weights(simulate.log_prior)
        size = float(effective_size(weights[None]))
        # what has effect before the last round says nothing of the time that is left
        advance(0, f"round {number}, efficiency {reached:.1%}, effective size {size:.0f}")
        if reached >= plan.enough or size >= effective:
            break
        simulate.draw_about(pool, weights, 1.0, plan.filling)
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
    simulations = len(pool.values) - proposals + plan.simulations + simulate.curvature.asked
    how = Learning(number, simulations, trained - begun, now - trained, proposals, efficiency)
    return trace_of(pool, simulate.log_prior, simulate.curvature.asked), how


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
        self._plan, self.curvature = plan, Curvature(likelihood, self.bounds)
        self.power, self.left = HALF, 1 - HALF
        if likelihood.nuisances.widens:
            self.power, self.left = THIRD, 1.0

    def approach(self, pool: Pool, advance: Advance) -> None:
        """Add draws from kernels about where the likelihood is large, until as many count.

        Rows drawn from the prior climb there by Gauss-Newton steps. The first kernels are about what they
        reach, as Laplace's approximation has them, the later ones about rows that were drawn.
        """
        plan = self._plan
        weights = pool.under(self.score(pool), self.power)
        if _counting(weights, plan.near) >= plan.near:
            return
        share = tempered(weights[None], plan.near)[0].softmax(0)
        climbs = min(plan.climbs, int((share > 0).sum()))
        rows = torch.multinomial(share, climbs, generator=self.generator)
        summits = self.curvature.climbed(self.places(pool, rows), plan.climbing, advance)
        powers = (self.power, NEXT * self.power)
        self.draw_from(pool, about_summits(self.curvature, summits, powers), plan.simulations)
        for _ in range(1, plan.approaches):
            weights = pool.under(self.score(pool), self.power)
            if (found := _counting(weights, plan.near)) >= plan.near:
                return
            advance(0, f"approaching, {found:.0f} of {plan.near} near it")
            self.draw_about(pool, weights, self.power, plan.simulations)

    def draw_about(self, pool: Pool, log_weights: Tensor, power: float, n: int) -> None:
        """Add n draws from kernels about rows drawn by log weights (N,), each as wide as the posterior there.

        Arguments:
            power: of the likelihood, that the width is of.
        """
        share = tempered(log_weights[None])[0].softmax(0)
        chosen = torch.multinomial(share, KERNELS, replacement=True, generator=self.generator)
        rows, times = torch.unique(chosen, return_counts=True)
        places = self.places(pool, rows)
        precision = information(self.curvature.slopes(places)[0], power) / WIDTH**2
        self.draw_from(pool, LocalKernels.about(places, precision, times.double().log()), n, rows)

    def score(self, pool: Pool) -> Tensor:
        """The likelihood's logarithm (N,), a power of which says which rows are learned from.

        It is minus half of chi square, without the norm, which the training's noise has. Where errors are
        among the parameters, a power of that alone would choose rows of the largest errors. There it has the
        norm, and the training's noise is not made larger: what is learned is the prior times more than the
        likelihood, narrower than the posterior and in its place, where larger noise would learn other errors.
        """
        if self.likelihood.nuisances.widens:
            return pool.log_likelihood
        scaled = self.likelihood.scaled_residuals(pool.depths, pool.values)
        total = -scaled.square().sum(dim=1) / 2
        return torch.where(pool.log_likelihood.isfinite(), total, -torch.inf)

    def learn(self, pool: Pool, estimator: str, number: int) -> Proposal:
        """A density of rows drawn from the pool by their weights under a power of the likelihood."""
        least = self._plan.distinct
        log_weights = tempered(_bounded(pool.under(self.score(pool), self.power), least)[None], least)[0]
        offset = torch.rand((), generator=self.generator, dtype=torch.float64)
        n = min(len(log_weights), self._plan.pairs)
        rows = systematic_rows((log_weights - log_weights.max()).exp(), n, offset)
        rows = rows[torch.randperm(n, generator=self.generator)]
        rows = rows[(rows % 10 > 0).sort(stable=True).indices]  # the first are held out, with their copies
        pairs = training_pairs(
            self.likelihood, pool.values[rows], pool.depths[rows], self.left, self.generator
        )
        run = Run(name=estimator, seed=self.seed, streams=(estimator, f"round {number}"))
        return Proposal.trained(estimator, self.parameters, pairs, self._plan, run, self.rounds)


def _counting(log_weights: Tensor, least: int) -> float:
    """Effective size of log weights (N,), none of which counts for more than its share."""
    return float(effective_size(_bounded(log_weights, least)[None]))


def _bounded(log_weights: Tensor, least: int) -> Tensor:
    """Log weights (N,) of which so many are to count, none for more than its share."""
    return shared_out(log_weights, least / LIKE_ANY)


def about_summits(curvature: Curvature, places: Tensor, powers: tuple[float, ...]) -> LocalKernels:
    """Kernels about places (M, P) where climbs ended, as Laplace's approximation has them at such powers."""
    slopes, residuals = curvature.slopes(places)
    prior = log_prior_of(places)
    precisions, shares = [], []
    for power in powers:
        precisions.append(information(slopes, power))
        volume = -torch.linalg.slogdet(precisions[-1]).logabsdet / 2
        shares.append((prior + volume - power * residuals.square().sum(1) / 2).log_softmax(0))
    return LocalKernels.about(places.repeat(len(powers), 1), torch.cat(precisions), torch.cat(shares))
