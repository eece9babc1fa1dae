"""What a trained density proposes for some planets, and how likely it was to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from harness.data.observations import Observations

if TYPE_CHECKING:
    from harness.training.sampler import PooledSampler
    from harness.training.trained_networks import TrainedNetworks


class Proposal(ABC):
    """The density of B planets' parameters: what it draws has exactly the density that it gives."""

    @abstractmethod
    def draw(self, n: int, generator: torch.Generator, rows: Tensor | None = None) -> Tensor:
        """Samples (b, n, P) in the units of the schema, of planets of these numbers; NaN where one is none.

        Arguments:
            n: samples of each planet.
            generator: that they are drawn from.
            rows: numbers of the planets (b,); None for all of them.
        """

    @abstractmethod
    def log_density(self, parameters: Tensor, rows: Tensor | None = None) -> Tensor:
        """Of parameters (b, n, P) of planets of these numbers, per unit of each parameter (b, n)."""


class PooledProposal(Proposal):
    """The pooled densities of all members.

    Arguments:
        sampler: that pools them.
        trained: the networks.
        observations: the B planets, on the device of the networks.
    """

    def __init__(self, sampler: PooledSampler, trained: TrainedNetworks, observations: Observations) -> None:
        self.sampler, self.trained, self.observations = sampler, trained, observations

    def draw(self, n: int, generator: torch.Generator, rows: Tensor | None = None) -> Tensor:
        return self.sampler.draw(self.trained, self._some(rows), n, generator)

    def log_density(self, parameters: Tensor, rows: Tensor | None = None) -> Tensor:
        return self.sampler.log_prob(self.trained, self._some(rows), parameters)

    def _some(self, rows: Tensor | None) -> Observations:
        return self.observations if rows is None else self.observations[rows.cpu()]
