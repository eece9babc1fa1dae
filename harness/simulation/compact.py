"""Traces with fewer rows, for a challenge that has to be small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from harness.data.split import Split
from harness.data.truth import Traces, Truth
from harness.retrieval.nested_trace import NestedTrace
from harness.simulation.challenge import random_stream

ROWS = 2000  # the traces of the Ariel challenge have 1,743 to 6,024


def with_fewer_rows(splits: Mapping[str, Split], seed: int, rows: int = ROWS) -> dict[str, Split]:
    """The same splits with at most so many rows in each trace, chosen without bias.

    See `NestedTrace.thinned`; the choice depends on the seed and the planet's name alone.
    """
    return {name: _thinned(split, seed, rows) for name, split in splits.items()}


def _thinned(split: Split, seed: int, rows: int) -> Split:
    traces = split.truth.traces
    if traces is None:
        return split
    kept: list[tuple[torch.Tensor, torch.Tensor] | None] = []
    for planet, name in enumerate(split.observations.names.tolist()):
        values, weights = (tensor.double().numpy() for tensor in traces.trace(planet))
        if len(weights) == 0:
            kept.append(None)
            continue
        ascending = np.arange(len(weights), dtype=np.float64)  # in likelihood, as they lie in the trace
        thin = NestedTrace(values, weights, ascending, 0.0, 0).thinned(
            rows, random_stream(seed, name, "rows")
        )
        kept.append((torch.from_numpy(thin.values), torch.from_numpy(thin.weights)))
    fewer = replace(
        Traces.from_list(kept, traces.values.shape[1]),
        log_evidence=traces.log_evidence,
    )
    return replace(split, truth=Truth(split.truth.parameters, fewer))
