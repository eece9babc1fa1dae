"""What a network learns from at one step, and the two sources that it is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Self

import torch
from torch import Tensor

from harness.challenges import Observations
from harness.data.truth import Traces


@dataclass(frozen=True)
class Observed:
    """What is seen of B planets, on the run's device.

    Attributes:
        spectrum: (B, W), in the unit of the schema.
        noise: 1-sigma (B, W), in the same unit.
        auxiliary: (B, A), in the units of the schema.
    """

    spectrum: Tensor
    noise: Tensor
    auxiliary: Tensor

    @classmethod
    def of(cls, observations: Observations, device: torch.device) -> Self:
        """The observations themselves, as they are."""
        seen = observations.to(device)
        return cls(seen.spectrum, seen.noise, seen.auxiliary)

    def __len__(self) -> int:
        return len(self.spectrum)

    def __getitem__(self, index: Tensor | slice) -> Observed:
        return Observed(self.spectrum[index], self.noise[index], self.auxiliary[index])

    @classmethod
    def join(cls, parts: Sequence[Observed]) -> Observed:
        """The planets of all parts."""
        return Observed(*(torch.cat([getattr(part, f.name) for part in parts]) for f in fields(cls)))

    def noisy(self, generator: torch.Generator) -> Observed:
        """The same planets with noise drawn onto their spectra."""
        drawn = torch.randn(
            self.spectrum.shape,
            generator=generator,
            dtype=self.spectrum.dtype,
            device=self.spectrum.device,
        )
        return Observed(self.spectrum + self.noise * drawn, self.noise, self.auxiliary)


@dataclass(frozen=True)
class Batch:
    """Parameters (K, P) in their units, each of one of the B planets `seen`.

    Attributes:
        seen: the planets as observed, noise included.
        parameters: samples of their posteriors (K, P).
        owner: the planet that each row belongs to (K,), ascending.
        rows: how many rows each planet has, where all have as many; 0 where not.
    """

    seen: Observed
    parameters: Tensor
    owner: Tensor
    rows: int = 0

    def __len__(self) -> int:
        return len(self.parameters)

    @classmethod
    def join(cls, batches: Sequence[Batch]) -> Batch:
        """All planets of several batches."""
        if len(batches) == 1:
            return batches[0]
        first = torch.tensor([0, *(len(batch.seen) for batch in batches[:-1])]).cumsum(0).tolist()
        seen = Observed.join([batch.seen for batch in batches])
        owner = torch.cat([batch.owner + start for batch, start in zip(batches, first, strict=True)])
        rows = {batch.rows for batch in batches}
        parameters = torch.cat([batch.parameters for batch in batches])
        return cls(seen, parameters, owner, rows.pop() if len(rows) == 1 else 0)

    def split(self, parts: int) -> list[Batch]:
        """The planets in so many parts of about the same size, none of them empty."""
        if parts == 1:
            return [self]
        edges = torch.linspace(0, len(self.seen), min(parts, len(self.seen)) + 1).long().tolist()
        rows = torch.searchsorted(self.owner, torch.tensor(edges, device=self.owner.device)).tolist()
        return [
            Batch(
                self.seen[first:last],
                self.parameters[row:end],
                self.owner[row:end] - first,
                self.rows,
            )
            for first, last, row, end in zip(edges, edges[1:], rows, rows[1:], strict=False)
        ]


@dataclass(frozen=True)
class Pairs:
    """Parameters (N, P) beside the noise-free spectra that they made.

    A pair (theta, ideal + noise) with the noise drawn afresh is a draw from the joint density of
    parameters and observations, so that training on it gives the posterior under the density that the
    parameters were drawn from.

    Attributes:
        ideal: the planets with their spectra, to which noise is added as they are drawn.
        parameters: (N, P), in the units of the schema.
        noise_included: the spectra are no ideal ones but observations, which are drawn as they are.
    """

    ideal: Observed
    parameters: Tensor
    noise_included: bool = field(default=False, kw_only=True)

    def __len__(self) -> int:
        return len(self.parameters)

    def __getitem__(self, index: Tensor | slice) -> Pairs:
        return replace(self, ideal=self.ideal[index], parameters=self.parameters[index])

    def draw(self, planets: Tensor, rows: int, generator: torch.Generator) -> Batch:
        """`rows` noisy observations of each planet, one pair each."""
        planets = planets.repeat_interleave(rows)
        owner = torch.arange(len(planets), device=planets.device)
        return Batch(self.seen(planets, generator), self.parameters[planets], owner, 1)

    def seen(self, planets: Tensor, generator: torch.Generator) -> Observed:
        """These planets (K,) as observed, with noise."""
        ideal = self.ideal[planets]
        return ideal if self.noise_included else ideal.noisy(generator)


@dataclass(frozen=True)
class TracedPlanets:
    """Planets with a weighted reference trace.

    A trace is the posterior of the ideal spectrum, seen with its noise: what is observed is the ideal
    spectrum itself, so no noise is drawn onto it. Rows are drawn by their weights, which are thereby
    used once.

    Attributes:
        seen: the N planets, with their ideal spectra.
        values: rows of all traces, one trace after the other (R, P) float32, in the parameters' units.
        cumulative: sum of all weights up to and with each row (R,) float64; each trace adds 1.
        start, stop: rows of each planet (N,).
    """

    seen: Observed
    values: Tensor
    cumulative: Tensor
    start: Tensor
    stop: Tensor

    @classmethod
    def of(cls, observations: Observations, traces: Traces, device: torch.device) -> Self:
        """The planets that have a trace, without copies of the traces of the others."""
        planets = torch.nonzero(traces.present).flatten()
        traces = traces[planets.numpy()]
        stop = traces.lengths.cumsum(0)
        shift = traces.start - (stop - traces.lengths)
        rows = torch.arange(int(stop[-1]) if len(stop) else 0)
        planet = torch.searchsorted(stop, rows, right=True)
        rows = rows + shift[planet]
        weights = traces.weights[rows].double()
        total = torch.zeros(len(planets), dtype=torch.float64).index_add_(0, planet, weights)
        return cls(
            Observed.of(observations[planets.numpy()], device),
            traces.values[rows].float().to(device),
            (weights / total[planet]).cumsum(0).to(device),
            (stop - traces.lengths).to(device),
            stop.to(device),
        )

    def __len__(self) -> int:
        return len(self.stop)

    def __getitem__(self, index: Tensor) -> TracedPlanets:
        """Some of the planets; the rows of all are shared."""
        return TracedPlanets(
            self.seen[index], self.values, self.cumulative, self.start[index], self.stop[index]
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
        owner = torch.arange(len(planets), device=planets.device).repeat_interleave(rows)
        return Batch(self.seen[planets], parameters, owner, rows)
