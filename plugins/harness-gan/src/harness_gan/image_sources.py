"""What images are learned from: noise-free planets beside their parameters."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.training import Batch, Pairs, SourceFinder, Sources
from harness.training.supervision import Supervision

FITTED = 2048  # planets that the preprocessor is fitted on


@dataclass(frozen=True)
class NoiseFreePairs(Supervision):
    """Pairs whose features and parameter space are fitted without noise, for that is what images hold."""

    def ideal(self) -> Observations:
        return image_pairs(self).ideal[:FITTED]

    def fixed(self, generator: torch.Generator) -> list[Batch]:
        """All pairs, without noise."""
        pairs = image_pairs(self)
        index = torch.arange(len(pairs), device=pairs.parameters.device)
        return [Batch(pairs.ideal, pairs.parameters, index, 1)]


@dataclass(frozen=True)
class ImageSources(SourceFinder):
    """The pairs of a challenge; a row of a trace is no such pair, so traces are left aside.

    Attributes:
        sources: finds the pairs, and perhaps traces.
    """

    sources: SourceFinder

    def lacking(self, train: Split) -> str | None:
        return self.sources.lacking(train)

    def find(self, train: Split, valid: Split, schema: Schema, run: Run) -> Sources:
        """What is learned from and held out."""
        found = self.sources.find(train, valid, schema, run)
        learned, held_out = (NoiseFreePairs(part.pairs, None) for part in (found.train, found.held_out))
        return Sources(learned, held_out, found.kind)


def image_pairs(supervision: Supervision) -> Pairs:
    """The pairs of sources that have them."""
    assert supervision.pairs is not None
    return supervision.pairs
