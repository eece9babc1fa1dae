"""What is told of a posterior whose density was learned."""

from __future__ import annotations

from dataclasses import dataclass

POOR = 0.01  # importance efficiency below which a density hardly found the posterior


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
            f"Learned in {self.rounds} rounds from {self.simulations:,} spectra in {self.training_seconds:.0f} s; "
            f"weighted in {self.sampling_seconds:.0f} s; importance efficiency {self.efficiency:.2%} of "
            f"{self.proposals:,} proposals of the last density."
        ]
        if self.efficiency < POOR:
            told.append(
                "That efficiency is low: the density hardly found the posterior, whose tails may be missing; "
                "compare with --method nested-sampling."
            )
        return told
