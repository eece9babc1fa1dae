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
        across_partitions: whether all test planets are scored at once, because their partitions
            (`challenge.test.partition`) are compared with each other; else each partition is scored on its
            own.
        unranked: beginnings of the names of parts in which neither direction is better, such as a coverage,
            which should be what it promises: boards are not ranked by them.
    """

    higher_is_better: ClassVar[bool] = True
    needs: ClassVar[frozenset[str]] = frozenset()
    across_partitions: ClassVar[bool] = False
    unranked: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def score(self, prediction: Posterior, truth: Truth, challenge: Challenge) -> Score:
        """Score the prediction of N planets, in the order of `challenge.test` unless told otherwise."""

    def unsuitable_for(self, challenge: Challenge) -> str | None:
        """Why it cannot score on this challenge, beside what it `needs`, in a sentence; None if it can."""
        return None

    def missing(self, truth: Truth) -> list[str]:
        """What this scorer needs and the truth does not have."""
        have = set()
        if truth.parameters is not None:
            have.add("parameters")
        if truth.n_traces:
            have.add("traces")
        return sorted(self.needs - have)
