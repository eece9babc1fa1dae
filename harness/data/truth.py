"""What a method must find: the parameters behind each spectrum and reference posteriors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.data.observations import Index, row_numbers


@dataclass(frozen=True)
class Traces:
    """Weighted reference posteriors, ragged: planet i owns rows `start[i]:stop[i]`.

    Subsets share `values` and `weights`, so that splitting 1.5 GB of traces copies nothing.

    Attributes:
        values: samples of every trace, one after the other (R, P), in the parameters' units.
        weights: their weights (R,); each trace's sum to 1.
        start, stop: row ranges (N,), integers; equal where a planet has no trace.
        log_evidence: natural logarithm of each planet's evidence (N,), NaN where it is not known, or None.
    """

    values: Tensor
    weights: Tensor
    start: Tensor
    stop: Tensor
    log_evidence: Tensor | None = None

    @classmethod
    def from_list(cls, traces: Sequence[tuple[Tensor, Tensor] | None], n_parameters: int) -> Traces:
        """Traces of (values (M, P), weights (M,)) pairs, None where a planet has none."""
        lengths = torch.tensor([0 if trace is None else len(trace[1]) for trace in traces], dtype=torch.int64)
        stop = lengths.cumsum(0)
        present = [trace for trace in traces if trace is not None]
        values = (
            torch.cat([v for v, _ in present])
            if present
            else torch.empty(0, n_parameters, dtype=torch.float64)
        )
        weights = torch.cat([w for _, w in present]) if present else torch.empty(0, dtype=torch.float64)
        return cls(values, weights, stop - lengths, stop)

    def __len__(self) -> int:
        return len(self.start)

    def __getitem__(self, index: Index) -> Traces:
        rows = row_numbers(index, len(self))
        evidence = None if self.log_evidence is None else self.log_evidence[rows]
        return Traces(self.values, self.weights, self.start[rows], self.stop[rows], evidence)

    @property
    def lengths(self) -> Tensor:
        """Rows of each planet's trace (N,); 0 where it has none."""
        return self.stop - self.start

    @property
    def present(self) -> Tensor:
        """Which planets have a trace (N,), bool."""
        return self.lengths > 0

    def trace(self, planet: int) -> tuple[Tensor, Tensor]:
        """Values (M, P) and weights (M,) of one planet, M = 0 where it has none."""
        rows = slice(int(self.start[planet]), int(self.stop[planet]))
        return self.values[rows], self.weights[rows]


@dataclass(frozen=True)
class Truth:
    """The answers for N planets.

    Attributes:
        parameters: the parameters that made each spectrum (N, P), in their units, or None if unknown.
        traces: reference posteriors, or None if no planet has one.
    """

    parameters: Tensor | None
    traces: Traces | None = None

    def __post_init__(self) -> None:
        if (
            self.parameters is not None
            and self.traces is not None
            and len(self.parameters) != len(self.traces)
        ):
            raise ValueError(f"{len(self.parameters)} parameter rows but {len(self.traces)} traces")

    def __getitem__(self, index: Index) -> Truth:
        parameters = self.parameters
        if parameters is not None:
            parameters = parameters[row_numbers(index, len(parameters))]
        return Truth(parameters, None if self.traces is None else self.traces[index])

    @property
    def n_traces(self) -> int:
        """How many planets have a trace."""
        return 0 if self.traces is None else int(self.traces.present.sum())
