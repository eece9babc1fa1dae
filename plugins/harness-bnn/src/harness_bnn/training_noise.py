"""Training pairs whose noise is not the observations' own, drawn afresh at each step."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from harness.training.pairs import Batch, Observed, Pairs
from harness.training.sources import Sources


@dataclass(frozen=True)
class ScaledNoise(Pairs):
    """Pairs onto which so many times their noise is drawn; what they say their noise is stays.

    Attributes:
        scale: the factor.
    """

    scale: float = 1.0

    @classmethod
    def of(cls, pairs: Pairs, scale: float) -> ScaledNoise:
        """The same pairs in all else."""
        return cls(**{field.name: getattr(pairs, field.name) for field in fields(pairs)}, scale=scale)

    def __getitem__(self, index: Tensor | slice) -> ScaledNoise:
        return replace(self, ideal=self.ideal[index], parameters=self.parameters[index])

    def draw(self, planets: Tensor, rows: int, generator: torch.Generator) -> Batch:
        batch = super().draw(planets, rows, generator)
        ideal = self.ideal.spectrum[planets.repeat_interleave(rows)]
        spectrum = ideal + self.scale * (batch.seen.spectrum - ideal)
        return replace(batch, seen=Observed(spectrum, batch.seen.noise, batch.seen.auxiliary))


@dataclass(frozen=True)
class FixedNoise(Pairs):
    """Pairs of which each is an observation already: no noise is drawn onto it any more."""

    def draw(self, planets: Tensor, rows: int, generator: torch.Generator) -> Batch:
        planets = planets.repeat_interleave(rows)
        owner = torch.arange(len(planets), device=planets.device)
        return Batch(self.ideal[planets], self.parameters[planets], owner, 1)


def with_noise(sources: Sources, scale: float) -> Sources:
    """The same sources, with so many times their noise drawn onto ideal spectra."""
    if scale == 1:
        return sources
    train, held_out = (
        part if part.pairs is None else replace(part, pairs=ScaledNoise.of(part.pairs, scale))
        for part in (sources.train, sources.held_out)
    )
    return Sources(train, held_out, sources.kind)


def augmented(pairs: Pairs, copies: int, generator: torch.Generator) -> FixedNoise:
    """Every pair so many times over, each time with noise that is drawn once for the whole training.

    The noise is what the pairs themselves draw: scaled, where they scale it.
    """
    planets = torch.arange(len(pairs), device=pairs.parameters.device).repeat(copies)
    drawn = pairs.draw(planets, 1, generator)
    return FixedNoise(drawn.seen, drawn.parameters)
