"""A fixed set to learn from, drawn once from what networks trained by steps draw from at every step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.training.featurizer import Featurizer
from harness.training.pairs import Batch
from harness.training.supervision import Supervision

PLANETS_AT_ONCE = 4_096  # whose features are computed together


@dataclass(frozen=True)
class Examples:
    """Parameters, each beside the features of one observation.

    Attributes:
        parameters: standardised (N, P).
        features: of one observation each (N, F).
    """

    parameters: Tensor
    features: Tensor

    def __len__(self) -> int:
        return len(self.parameters)


def rows_to_draw(supervision: Supervision, copies: int, trace_rows: int) -> int:
    """How many examples there are: every pair `copies` times, and trace rows in proportion."""
    if supervision.pairs is None:
        return copies * trace_rows * supervision.planets
    rows = copies * len(supervision.pairs)
    return rows if supervision.traced is None else round(rows / (1 - supervision.trace_fraction))


def fixed_set(
    supervision: Supervision, copies: int, trace_rows: int, featurizer: Featurizer, generator: torch.Generator
) -> Examples:
    """Draw every pair `copies` times, each time with other noise, and trace rows without.

    Arguments:
        supervision: what to draw from, one trace row for one planet at a time.
        copies: how often.
        trace_rows: of each trace, where there are no pairs.
        featurizer: from batches to what networks see.
        generator: of noise, rows and order.
    """
    rows = rows_to_draw(supervision, copies, trace_rows)
    return examples(supervision.batches(1, rows, generator), featurizer)


def examples(batches: Iterable[Batch], featurizer: Featurizer) -> Examples:
    """All rows of these batches, each beside the features of its planet."""
    parameters, features = [], []
    for batch in batches:
        for part in batch.split(max(1, len(batch.observations) // PLANETS_AT_ONCE)):
            rows = featurizer(part)
            parameters.append(rows.parameters)
            features.append(rows.features[rows.planet_index])
    return Examples(torch.cat(parameters), torch.cat(features))
