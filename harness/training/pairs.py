"""The two sources of training data, pairs and traces, and the batches that are drawn from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Self

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.data.truth import Traces

ROWS_AT_ONCE = 2**18  # of traces that are copied


def unnamed(observations: Observations, device: torch.device) -> Observations:
    """The same planets on a device, without their names: indexing them then needs nothing from the host."""
    return replace(observations.to(device), planet_ids=None)


@dataclass(frozen=True)
class Batch:
    """K rows of parameters, each beside one of B observed planets.

    Attributes:
        observations: the B planets, with noise where they are to have any.
        parameters: a sample of the posterior in each row (K, P), in the units of the schema.
        planet_index: the planet that each row belongs to (K,), ascending.
        rows_per_planet: how many rows each planet has, 0 where they differ.
    """

    observations: Observations
    parameters: Tensor
    planet_index: Tensor
    rows_per_planet: int = 0

    def __len__(self) -> int:
        return len(self.parameters)

    @classmethod
    def join(cls, batches: Sequence[Batch]) -> Batch:
        """All planets of several batches."""
        if len(batches) == 1:
            return batches[0]
        first = torch.tensor([0, *(len(batch.observations) for batch in batches[:-1])]).cumsum(0).tolist()
        rows = {batch.rows_per_planet for batch in batches}
        return cls(
            Observations.join([batch.observations for batch in batches]),
            torch.cat([batch.parameters for batch in batches]),
            torch.cat([batch.planet_index + start for batch, start in zip(batches, first, strict=True)]),
            rows.pop() if len(rows) == 1 else 0,
        )

    def split(self, parts: int) -> list[Batch]:
        """The planets in `parts` batches of about the same size, or fewer where there are fewer planets."""
        if parts == 1:
            return [self]
        return [
            Batch(
                self.observations[planets],
                self.parameters[rows],
                self.planet_index[rows] - planets.start,
                self.rows_per_planet,
            )
            for planets, rows in portions(self.planet_index, len(self.observations), parts)
        ]


def portions(planet_index: Tensor, planets: int, parts: int) -> list[tuple[slice, slice]]:
    """Planets in `parts` runs of about the same size, or fewer, and the rows of each run."""
    parts = min(parts, planets)
    edges = [planets * part // parts for part in range(parts + 1)]
    rows = torch.searchsorted(planet_index, torch.tensor(edges, device=planet_index.device)).tolist()
    runs, of_rows = (list(pairwise(ends)) for ends in (edges, rows))
    return [(slice(*run), slice(*row)) for run, row in zip(runs, of_rows, strict=True)]


@dataclass(frozen=True)
class Pairs:
    """Parameters (N, P) beside the noise-free spectra that they made.

    A pair (theta, ideal + noise) with the noise drawn afresh is a draw from the joint density of
    parameters and observations, so that training on it gives the posterior under the density that the
    parameters were drawn from.

    Attributes:
        ideal: the planets with noise-free spectra; each time they are drawn they get noise of their own.
        parameters: (N, P), in the units of the schema.
        noise_included: the spectra carry their noise already, and are drawn as they are.
    """

    ideal: Observations
    parameters: Tensor
    noise_included: bool = field(default=False, kw_only=True)

    def __len__(self) -> int:
        return len(self.parameters)

    def __getitem__(self, index: Tensor | slice) -> Pairs:
        return replace(self, ideal=self.ideal[index], parameters=self.parameters[index])

    def to(self, device: torch.device) -> Pairs:
        """The same pairs on a device, without the planets' names."""
        return replace(self, ideal=unnamed(self.ideal, device), parameters=self.parameters.to(device))

    def draw(self, planets: Tensor, rows: int, generator: torch.Generator) -> Batch:
        """`rows` observations of each planet at the positions (B,), each with noise of its own."""
        planets = planets.repeat_interleave(rows)
        index = torch.arange(len(planets), device=planets.device)
        return Batch(self.observed(planets, generator), self.parameters[planets], index, 1)

    def observed(self, planets: Tensor, generator: torch.Generator) -> Observations:
        """The planets at the positions (K,) as they are observed, noise included."""
        ideal = self.ideal[planets]
        return ideal if self.noise_included else ideal.noisy(generator)


@dataclass(frozen=True)
class TracedPlanets:
    """Planets with a weighted reference trace.

    A trace is the posterior of a planet whose observed spectrum is the ideal one, so no noise is drawn onto
    it. Rows are drawn in proportion to their weights; the rows drawn then all have the same weight.

    Attributes:
        observations: the N planets, with their ideal spectra.
        values: rows of all traces, one trace after the other (R, P) float32, in the parameters' units.
        cumulative: the sum of the weights of all rows up to each one (R,) float64; those of a trace sum to 1.
        start, stop: the first row of each planet, and the one after its last (N,).
    """

    observations: Observations
    values: Tensor
    cumulative: Tensor
    start: Tensor
    stop: Tensor

    @classmethod
    def of(cls, observations: Observations, traces: Traces, device: torch.device) -> Self:
        """The planets that have a trace, without copies of the traces of the others."""
        planets = torch.nonzero(traces.present).flatten()
        traces = traces[planets.numpy()]
        lengths = traces.lengths
        stop = lengths.cumsum(0)
        rows = torch.arange(int(lengths.sum()))
        rows += (traces.start - (stop - lengths)).repeat_interleave(lengths)
        values = torch.empty(len(rows), traces.values.shape[1], device=device)
        for block in range(0, len(rows), ROWS_AT_ONCE):  # the release's traces are as large as memory is
            some = rows[block : block + ROWS_AT_ONCE]
            values[block : block + ROWS_AT_ONCE] = traces.values[some].to(device, torch.float32)
        weights = traces.weights[rows].double()
        del rows
        total = torch.zeros(len(planets), dtype=torch.float64)
        total.index_add_(0, torch.arange(len(planets)).repeat_interleave(lengths), weights)
        cumulative = weights.div_(total.repeat_interleave(lengths)).cumsum_(0).to(device)
        return cls(
            unnamed(observations[planets], device),
            values,
            cumulative,
            (stop - lengths).to(device),
            stop.to(device),
        )

    def __len__(self) -> int:
        return len(self.stop)

    def __getitem__(self, index: Tensor) -> TracedPlanets:
        """Some of the planets; the rows of all traces are kept, and shared."""
        return TracedPlanets(
            self.observations[index], self.values, self.cumulative, self.start[index], self.stop[index]
        )

    def draw_rows(self, planets: Tensor, rows: int, generator: torch.Generator) -> Tensor:
        """Trace rows drawn by weight (B, rows, P) of the planets at the positions (B,)."""
        drawn = torch.rand(
            len(planets), rows, generator=generator, dtype=torch.float64, device=self.cumulative.device
        )
        first, last = self.start[planets, None], self.stop[planets, None] - 1
        below = torch.where(first > 0, self.cumulative[(first - 1).clamp(min=0)], 0.0)
        found = torch.searchsorted(self.cumulative, below + drawn * (self.cumulative[last] - below))
        return self.values[torch.minimum(torch.maximum(found, first), last)]

    def draw(self, planets: Tensor, rows: int, generator: torch.Generator) -> Batch:
        """`rows` trace rows of each planet at the positions (B,)."""
        parameters = self.draw_rows(planets, rows, generator).flatten(0, 1)
        index = torch.arange(len(planets), device=planets.device).repeat_interleave(rows)
        return Batch(self.observations[planets], parameters, index, rows)
