"""What a trained density proposes for some planets, and how likely it was to."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor

from harness.data.observations import Observations


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
    """What functions of some planets draw, and the density that another gives of it.

    Arguments:
        observations: the B planets, on the device of the networks.
        draw: planets, how many samples of each, generator -> samples (b, n, P).
        log_density: planets, parameters (b, n, P) -> (b, n).
    """

    def __init__(
        self,
        observations: Observations,
        draw: Callable[[Observations, int, torch.Generator], Tensor],
        log_density: Callable[[Observations, Tensor], Tensor],
    ) -> None:
        self.observations, self._draw, self._log_density = observations, draw, log_density

    def draw(self, n: int, generator: torch.Generator, rows: Tensor | None = None) -> Tensor:
        return self._draw(self._some(rows), n, generator)

    def log_density(self, parameters: Tensor, rows: Tensor | None = None) -> Tensor:
        return self._log_density(self._some(rows), parameters)

    def _some(self, rows: Tensor | None) -> Observations:
        return self.observations if rows is None else self.observations[rows.cpu()]
