"""A set of planets with (or without) their answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from harness.data.observations import Index, Observations, row_numbers
from harness.data.score_parts import MATCHED as MATCHED
from harness.data.truth import Truth


@dataclass(frozen=True)
class Split:
    """Observations beside their truth; an empty truth where the answers are not known.

    Attributes:
        observations: what a method sees of N planets.
        truth: their answers.
        partition: a label for each planet (N,), such as "matched" or "clouds", where the planets are of
            several kinds that are scored apart; None where they are of one.
    """

    observations: Observations
    truth: Truth
    partition: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        if self.partition is not None and len(self.partition) != len(self.observations):
            raise ValueError(f"{len(self.partition)} labels for {len(self.observations)} planets")

    def __len__(self) -> int:
        return len(self.observations)

    def __getitem__(self, index: Index) -> Split:
        partition = self.partition
        if partition is not None:
            partition = partition[row_numbers(index, len(self)).cpu().numpy()]
        return Split(self.observations[index], self.truth[index], partition)

    @property
    def parameters(self) -> Tensor:
        """The parameters behind each spectrum (N, P).

        Raises:
            ValueError: they are not known for this split.
        """
        if self.truth.parameters is None:
            raise ValueError("the parameters of these planets are not known")
        return self.truth.parameters

    def partitions(self) -> dict[str, NDArray[np.intp]]:
        """The positions of the planets of each partition, in the order of their first planets."""
        if self.partition is None:
            return {}
        return {
            label: np.flatnonzero(self.partition == label) for label in dict.fromkeys(self.partition.tolist())
        }
