"""Variational inference of one spectrum: a flow climbs its likelihood, and importance weights correct it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from harness.components.progress import Advance
from harness.data.arrays import Array
from harness.data.evidence import lower_bound
from harness.data.schema import Parameter
from harness.errors import HarnessError
from harness.real_spectra.flow import Flow
from harness.real_spectra.learning import Climbing, ClimbingPlan
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.pool import Pool
from harness.real_spectra.residual_model import ResidualModel
from harness.real_spectra.rounds import Rounds
from harness.real_spectra.simulator import Simulator, trace_of
from harness.retrieval.kernels import effective_size
from harness.retrieval.likelihood import IMPOSSIBLE
from harness.retrieval.nested_trace import NestedTrace


@dataclass(frozen=True)
class Climbed:
    """What the weights of a flow's draws say.

    Attributes:
        trace: everything that was drawn, weighted.
        how: it went.
        draws: of the flow, as it drew them (D, P).
        log_density: of the flow there (D,).
        log_prior: of any parameters.
    """

    trace: NestedTrace
    how: Climbing
    draws: Tensor
    log_density: Tensor
    log_prior: float

    def judged(self, exact: Callable[[Array], Array]) -> Climbing:
        """How it went, with the evidence lower bound by the exact log-likelihood (B, P) -> (B,).

        The bound is of the flow, the mean of its draws' log weights, whatever weighing makes of them later.
        """
        log_weights = torch.from_numpy(exact(self.draws.numpy())) + self.log_prior - self.log_density
        log_weights = torch.where(log_weights > IMPOSSIBLE / 2, log_weights, -torch.inf)
        spread = log_weights[log_weights.isfinite()].std() / len(log_weights) ** 0.5
        return replace(
            self.how,
            lower_bound=float(lower_bound(log_weights[None])),
            lower_bound_error=float(spread),
        )


def sample_by_climbing(
    likelihood: MeasuredLikelihood,
    parameters: tuple[Parameter, ...],
    estimator: str,
    effective: int,
    seed: int,
    advance: Advance,
    folder: Path,
    identity: str,
    plan: ClimbingPlan = ClimbingPlan(),  # noqa: B008
) -> Climbed:
    """The posterior of one spectrum by a normalising flow that maximises the evidence lower bound.

    Gradients go through the forward model (Yip et al. 2024, ApJ 961, 30). The flow then proposes, and the
    likelihood weighs what it drew.

    Arguments:
        likelihood: of the spectrum.
        parameters: with the bounds of their uniform priors.
        estimator: registered name of one that climbs a forward model and has a density.
        effective: sample size to reach.
        seed: of every random number.
        advance: is told of effective samples.
        folder: where the flow and what was drawn are kept, and found again.
        identity: changes with the spectrum and the model.
        plan: how much is drawn.

    Raises:
        HarnessError: the estimator is none that can do this, or the flow does not find the posterior.
    """
    begun = time.monotonic()
    advance(0, "a flow climbs the evidence lower bound")
    flow = Flow(estimator, ResidualModel(likelihood, identity), parameters, seed, folder, plan)
    climbed = time.monotonic()
    simulate = Simulator(likelihood, parameters, seed, Rounds(folder))
    pool = Pool.empty(len(parameters), len(likelihood.spectrum_depth))
    told, drawn, size, efficiency = 0, 0, 0.0, 0.0
    while drawn < plan.proposals and size < effective:
        reached = simulate.propose(pool, flow, plan.draws)
        efficiency = (efficiency * drawn + reached * plan.draws) / (drawn + plan.draws)
        drawn += plan.draws
        size = float(effective_size(pool.log_weights(simulate.log_prior)[None]))
        now = max(told, min(int(size), effective))
        advance(now - told, f"weighting, efficiency {efficiency:.1%}")
        told = now
    if size < plan.least:
        raise HarnessError(
            f"The flow has not found this posterior (importance efficiency {efficiency:.2%}): it would "
            f"rest on fewer than {plan.least} effective samples. Retrieve by --method nested-sampling."
        )
    how = Climbing(flow.asked, climbed - begun, time.monotonic() - climbed, drawn, efficiency)
    trace = trace_of(pool, simulate.log_prior)
    few = slice(0, plan.judged)
    return Climbed(
        replace(trace, calls=trace.calls + flow.asked),
        how,
        pool.values[few],
        pool.log_densities[0][few],
        simulate.log_prior,
    )
