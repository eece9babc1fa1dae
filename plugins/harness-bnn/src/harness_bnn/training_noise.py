"""Training pairs whose noise is not the observations' own, drawn afresh at each step or once for all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.training import Pairs, SourceFinder, Sources
from harness.training.supervision import Supervision


@dataclass(frozen=True)
class ScaledNoise(Pairs):
    """Pairs onto which so many times their noise is drawn; what they say their noise is stays.

    It is drawn also onto spectra that carry noise already: that is what was asked for.

    Attributes:
        scale: the factor.
    """

    scale: float = 1.0

    def observed(self, planets: torch.Tensor, generator: torch.Generator) -> Observations:
        observed, ideal = super().observed(planets, generator), self.ideal.spectrum[planets]
        return replace(observed, spectrum=ideal + self.scale * (observed.spectrum - ideal))


@dataclass(frozen=True)
class NoisySources(SourceFinder):
    """The same sources, with so many times their noise drawn onto their spectra.

    Attributes:
        sources: finds them.
        scale: the factor; None for as much noise as the spectra need.
    """

    sources: SourceFinder
    scale: float | None

    def lacking(self, train: Split) -> str | None:
        return self.sources.lacking(train)

    def find(self, train: Split, valid: Split, schema: Schema, run: Run) -> Sources:
        found = self.sources.find(train, valid, schema, run)
        if self.scale is None:
            return found
        return Sources(self._scaled(found.train), self._scaled(found.held_out), found.kind)

    def _scaled(self, part: Supervision) -> Supervision:
        if part.pairs is None or self.scale is None:
            return part
        no_noise = self.scale == 0
        pairs = ScaledNoise(part.pairs.ideal, part.pairs.parameters, self.scale, noise_included=no_noise)
        return replace(part, pairs=pairs)


@dataclass(frozen=True)
class CopiedSources(SourceFinder):
    """The first training pairs so many times over, each with noise that is drawn once for the whole training.

    The noise is what the pairs themselves draw. Planets held out stay as they are.

    Attributes:
        sources: finds them.
        planets: of the training pairs, at most.
        copies: of each.
    """

    sources: SourceFinder
    planets: int
    copies: int

    def lacking(self, train: Split) -> str | None:
        return self.sources.lacking(train)

    def find(self, train: Split, valid: Split, schema: Schema, run: Run) -> Sources:
        found = self.sources.find(train, valid, schema, run)
        if found.train.pairs is None:
            return found
        pairs = found.train.pairs[: self.planets]
        every = torch.arange(len(pairs), device=pairs.parameters.device).repeat(self.copies)
        drawn = pairs.draw(every, 1, run.generator("noise"))
        copied = Pairs(drawn.observations, drawn.parameters, noise_included=True)
        return replace(found, train=replace(found.train, pairs=copied))
