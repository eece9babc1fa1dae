"""Training pairs whose noise is not the observations' own, drawn afresh at each step."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from harness.training.pairs import Observed, Pairs
from harness.training.sources import Sources
from harness.training.supervision import Supervision


@dataclass(frozen=True)
class ScaledNoise(Pairs):
    """Pairs onto which so many times their noise is drawn; what they say their noise is stays.

    It is drawn also onto spectra that carry noise already: that is what was asked for.

    Attributes:
        scale: the factor.
    """

    scale: float = 1.0

    def seen(self, planets: Tensor, generator: torch.Generator) -> Observed:
        seen, ideal = super().seen(planets, generator), self.ideal.spectrum[planets]
        return replace(seen, spectrum=ideal + self.scale * (seen.spectrum - ideal))


def with_noise(sources: Sources, scale: float | None) -> Sources:
    """The same sources, with so many times their noise drawn onto their spectra; None for as they need."""
    if scale is None:
        return sources

    def scaled(part: Supervision) -> Supervision:
        if part.pairs is None:
            return part
        pairs = ScaledNoise(part.pairs.ideal, part.pairs.parameters, scale, noise_included=scale == 0)
        return replace(part, pairs=pairs)

    return Sources(scaled(sources.train), scaled(sources.held_out), sources.kind)


def augmented(pairs: Pairs, copies: int, generator: torch.Generator) -> Pairs:
    """Every pair so many times over, each time with noise that is drawn once for the whole training.

    The noise is what the pairs themselves draw: scaled, where they scale it.
    """
    planets = torch.arange(len(pairs), device=pairs.parameters.device).repeat(copies)
    drawn = pairs.draw(planets, 1, generator)
    return Pairs(drawn.seen, drawn.parameters, noise_included=True)
