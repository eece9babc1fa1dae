"""Samples under draws of a network's weights, and what the draws say of the variance."""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from torch import Tensor

from harness.components.run import Run
from harness.data.observations import Observations
from harness.training import PooledSampler, TrainedNetworks
from harness.training.proposal import Proposal
from harness_bnn.frozen_weights import FrozenProposal
from harness_bnn.stochastic_density import StochasticDensity
from harness_bnn.uncertainty import Uncertainty

logger = logging.getLogger(__name__)

PLANETS_AT_ONCE = 256  # whose variances are computed together


class WeightSampler(PooledSampler):
    """Pools the samples of all members; what it has sampled last, it divides the variance of as an artifact.

    The variance is divided when the run is recorded, outside the time of sampling.

    Arguments:
        passes: draws of the weights by which epistemic and aleatoric variance are told apart.
        has_density: whether a draw of the weights predicts a distribution, and not a point.
    """

    def __init__(self, passes: int, has_density: bool = True) -> None:
        self.passes = passes
        self.has_density = has_density
        self.seed = 0  # of the weights under which planets propose
        self.sampled: tuple[Observations, Run] | None = None  # last

    def proposal(self, trained: TrainedNetworks, observations: Observations) -> Proposal:
        return FrozenProposal(trained, observations, self.seed)

    def sampling(self, observations: Observations, run: Run) -> None:
        self.sampled = observations, run
        self.seed = run.seed_for("weights of the proposals")

    def sample(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Tensor:
        samples = super().sample(trained, observations, n, run)
        self.sampling(observations, run)
        return samples

    def artifacts(self, trained: TrainedNetworks, directory: Path) -> None:
        """The variances of the sampled planets as `uncertainty.csv`."""
        if self.sampled is None:
            return
        observations, run = self.sampled
        parameters = trained.space.schema.parameter_names
        uncertainty = uncertainty_of(trained, observations, self.passes, run)
        logger.info("%s", uncertainty.summary(parameters))
        planets = [observations.title(planet) for planet in range(len(observations))]
        uncertainty.write(directory / "uncertainty.csv", planets, parameters)


@torch.no_grad()
def uncertainty_of(
    trained: TrainedNetworks, observations: Observations, passes: int, run: Run
) -> Uncertainty:
    """Epistemic and aleatoric variance of each planet's parameters, over the weights of all members.

    Arguments:
        trained: networks with a `StochasticDensity`.
        observations: the planets.
        passes: draws of the weights of each member.
        run: the surroundings.
    """
    generator = run.generator("uncertainty")
    parts = []
    with run.progress("uncertainties", len(observations)) as advance:
        for start in range(0, len(observations), PLANETS_AT_ONCE):
            some = observations[start : start + PLANETS_AT_ONCE].to(run.device)
            features = trained.featurizer.features(some)
            moments = [
                member.density.moments(member.context(features), passes, generator)
                for member in trained.members
                if isinstance(member.density, StochasticDensity)
            ]
            means, variances = (torch.cat(part, dim=1) for part in zip(*moments, strict=True))
            parts.append(Uncertainty.of_passes(means, variances))
            advance(len(some))
    return Uncertainty.join(parts)
