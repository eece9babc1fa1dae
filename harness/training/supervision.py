"""The posterior samples that a network learns from, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.training.pairs import Batch, Pairs, TracedPlanets

Kind = Literal["auto", "parameters", "traces", "mix", "simulations"]

FIXED_ROWS = 4096  # at most, of pairs; and as many of traces


@dataclass(frozen=True)
class Supervision:
    """Pairs, traced planets, or both, and the share of the traces in each batch.

    A subclass may fit features and parameter space on something else: `ideal` and `fixed`.

    Attributes:
        pairs: parameters beside the ideal spectra that they made, or None.
        traced: planets with a trace, or None.
        trace_fraction: of the rows of a batch, where there are both.
        rows_per_planet: trace rows drawn for one planet at a step.
    """

    pairs: Pairs | None
    traced: TracedPlanets | None
    trace_fraction: float = 0.5
    rows_per_planet: int = 1

    def batches(self, steps: int, size: int, generator: torch.Generator) -> Iterator[Batch]:
        """So many batches of about `size` rows; every planet is taken once before any is taken again."""
        from_traces = 0
        if self.traced is not None:
            share = 1.0 if self.pairs is None else self.trace_fraction
            from_traces = max(1, round(share * size / self.rows_per_planet))
        from_pairs = 0
        if self.pairs is not None:
            from_pairs = max(1, size - from_traces * self.rows_per_planet)
        pair_rows = in_turn(0 if self.pairs is None else len(self.pairs), steps, from_pairs, generator)
        planets = in_turn(0 if self.traced is None else len(self.traced), steps, from_traces, generator)
        for step in range(steps):
            drawn = []
            if self.pairs is not None:
                drawn.append(self.pairs.draw(pair_rows[step], 1, generator))
            if self.traced is not None:
                drawn.append(self.traced.draw(planets[step], self.rows_per_planet, generator))
            yield Batch.join(drawn)

    def fixed(self, generator: torch.Generator) -> list[Batch]:
        """Batches that stay the same: all pairs and planets, each several times where there are few.

        The parameter space is fitted to those of the training, and networks are validated on those held out.
        """
        batches = []
        for source in (self.pairs, self.traced):
            if source is not None:
                planets = torch.arange(min(len(source), FIXED_ROWS), device=generator.device)
                alike = isinstance(source, Pairs) and source.noise_included  # however often they are drawn
                rows = 1 if alike else min(16, max(1, FIXED_ROWS // len(planets)))
                batches.append(source.draw(planets, rows, generator))
        return batches

    def ideal(self) -> Observations:
        """Noise-free spectra of some thousands of the planets, which a preprocessor is fitted on."""
        parts = []
        if self.pairs is not None:
            parts.append(self.pairs.ideal[:FIXED_ROWS])
        if self.traced is not None:
            parts.append(self.traced.observations[:FIXED_ROWS])
        return Observations.join(parts)

    @property
    def planets(self) -> int:
        """How many different observations there are, before noise is drawn."""
        return sum(len(source) for source in (self.pairs, self.traced) if source is not None)


def in_turn(n: int, steps: int, size: int, generator: torch.Generator) -> Tensor:
    """Positions (steps, size) below n: one random order of all after the other."""
    wanted = steps * size
    if wanted == 0:
        return torch.empty(steps, 0, dtype=torch.int64)
    orders = [torch.randperm(n, generator=generator, device=generator.device) for _ in range(-(-wanted // n))]
    return torch.cat(orders)[:wanted].reshape(steps, size)
