"""How a density is learned for one spectrum, and what is told of it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEAST = 100  # effective samples of what a density proposed, below which there is no posterior to speak of
POOR = 0.01  # importance efficiency below which a density hardly found the posterior
LOW = (
    "That efficiency is low: the density hardly found the posterior, whose tails may be missing; "
    "compare with --method nested-sampling."
)


@dataclass(frozen=True)
class LearningPlan:
    """How much is simulated and learned.

    Attributes:
        first: spectra of the first round, which are drawn from the prior.
        simulations: of each later one.
        filling: those of kernels between two rounds, about rows that weigh more than the density foresaw.
        rounds: of simulating and training at most.
        climbs: to where the likelihood is largest, from rows that were drawn from the prior.
        climbing: steps of each of them.
        approaches: rounds of kernels at most, before the first training.
        near: effective size at which there have been enough of them.
        distinct: effective size of what a density is made from.
        pairs: of parameters and spectra that a density learns from.
        epochs: of a round's training.
        steps: of each epoch.
        enough: importance efficiency at which no further round is worth its time.
        proposals: of the last density at most.
        least: effective sample size below which there is no posterior to speak of.
    """

    first: int = 12_000
    simulations: int = 6_000
    filling: int = 3_000
    rounds: int = 20
    climbs: int = 32
    climbing: int = 30
    approaches: int = 12
    near: int = 400
    distinct: int = 300
    pairs: int = 12_000
    epochs: int = 6
    steps: int = 100
    enough: float = 0.3
    proposals: int = 60_000
    least: int = LEAST


@dataclass(frozen=True)
class Learning:
    """How learning went.

    Attributes:
        rounds: of simulating and training.
        simulations: spectra computed to learn from.
        training_seconds: of simulating and training together.
        sampling_seconds: of drawing from the last density and weighting.
        proposals: of the last density.
        efficiency: effective sample size of these over their number.
    """

    rounds: int
    simulations: int
    training_seconds: float
    sampling_seconds: float
    proposals: int
    efficiency: float

    def sentences(self) -> list[str]:
        """How long it took, how good the density was, and what that means where it was poor."""
        told = [
            f"Learned in {self.rounds} rounds from {self.simulations:,} spectra in "
            f"{self.training_seconds:.0f} s; weighted in {self.sampling_seconds:.0f} s; "
            f"importance efficiency {self.efficiency:.2%} of {self.proposals:,} "
            "proposals of the last density."
        ]
        if self.efficiency < POOR:
            told.append(LOW)
        return told


@dataclass(frozen=True)
class ClimbingPlan:
    """How far a flow climbs, and how much is drawn from it.

    Attributes:
        options: of the estimator, as far as it has them: its draws are weighted here and not there.
        draws: of the flow that are weighted at a time.
        proposals: at most.
        judged: draws by which the evidence lower bound is told.
        least: effective sample size below which there is no posterior to speak of.
    """

    options: Mapping[str, Any] = field(default_factory=lambda: {"proposals": 0})
    draws: int = 4_000
    proposals: int = 60_000
    judged: int = 500
    least: int = LEAST


@dataclass(frozen=True)
class Climbing:
    """How the ascent of a flow went.

    Attributes:
        spectra: computed while it climbed, most of them with gradients.
        climbing_seconds: of the ascent.
        sampling_seconds: of drawing and weighting.
        proposals: of the flow.
        efficiency: effective sample size of these over their number.
        lower_bound: of the log-evidence (ELBO), by the exact model.
        lower_bound_error: its standard error.
    """

    spectra: int
    climbing_seconds: float
    sampling_seconds: float
    proposals: int
    efficiency: float
    lower_bound: float | None = None
    lower_bound_error: float | None = None

    def sentences(self) -> list[str]:
        """How long it took, how good the flow was, and what that means where it was poor."""
        bound = ""
        if self.lower_bound is not None and self.lower_bound_error is not None:
            bound = f"; evidence lower bound {self.lower_bound:.2f} +- {self.lower_bound_error:.2f}"
        told = [
            f"A flow climbed in {self.climbing_seconds:.0f} s by {self.spectra:,} spectra; weighted in "
            f"{self.sampling_seconds:.0f} s; importance efficiency {self.efficiency:.2%} of "
            f"{self.proposals:,} draws of the flow{bound}."
        ]
        if self.efficiency < POOR:
            told.append(LOW)
        return told
