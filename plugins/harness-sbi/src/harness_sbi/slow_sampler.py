"""The sampler of networks that take long to be sampled."""

from __future__ import annotations

from torch import Tensor

from harness.components.run import Run
from harness.data.observations import Observations
from harness.training import PooledSampler, TrainedNetworks


class SlowSampler(PooledSampler):
    """Pools the samples of all members, and has no quick ones for the alarm of hundreds of planets."""

    def sample_quickly(
        self, trained: TrainedNetworks, observations: Observations, n: int, run: Run
    ) -> Tensor | None:
        return None
