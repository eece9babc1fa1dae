"""A set of planets with (or without) their answers."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from harness.challenges.observations import Index, Observations
from harness.challenges.truth import Truth


@dataclass(frozen=True)
class Split:
    """Observations beside their truth; an empty truth where the answers are not known."""

    observations: Observations
    truth: Truth

    def __len__(self) -> int:
        return len(self.observations)

    def __getitem__(self, index: Index) -> Split:
        return Split(self.observations[index], self.truth[index])

    @property
    def parameters(self) -> torch.Tensor:
        """The parameters behind each spectrum (N, P).

        Raises:
            ValueError: they are not known for this split.
        """
        if self.truth.parameters is None:
            raise ValueError("the parameters of these planets are not known")
        return self.truth.parameters
