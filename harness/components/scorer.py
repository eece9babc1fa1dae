"""The base class of what compares a prediction with the truth."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from harness.components.component import Component
from harness.data.posterior import Posterior
from harness.data.score import Score
from harness.data.truth import Truth

if TYPE_CHECKING:
    from harness.components.challenge import Challenge


class Scorer(Component, ABC):
    """Compares a prediction with the truth.

    Attributes:
        higher_is_better: the direction in which the score improves.
        needs: what a challenge must have: any of "traces", "parameters".
    """

    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset()

    @abstractmethod
    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """Score the prediction of N planets, in the order of `challenge.test` unless told otherwise."""

    def missing(self, truth: Truth) -> list[str]:
        """What this scorer needs and the truth does not have."""
        have = set()
        if truth.parameters is not None:
            have.add("parameters")
        if truth.n_traces:
            have.add("traces")
        return sorted(self.needs - have)
