"""The sampler of networks that take long to be sampled."""

from __future__ import annotations

from torch import Tensor

from harness.components.run import Run
from harness.data.observations import Observations
from harness.training import PooledSampler, Sampler, TrainedNetworks


class SlowSampler(Sampler):
    """Samples of all members pooled, and no quick ones for the alarm of hundreds of planets."""

    def __init__(self) -> None:
        self.pooled = PooledSampler()

    def sample(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Tensor:
        return self.pooled.sample(trained, observations, n, run)

    def log_prob(self, trained: TrainedNetworks, observations: Observations, parameters: Tensor) -> Tensor:
        return self.pooled.log_prob(trained, observations, parameters)
