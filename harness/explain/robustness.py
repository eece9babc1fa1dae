"""How answers bear spectra that are not as those that the method learned from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.explain.inquiry import Answer, Estimate, Inquiry

NOISE = (0.5, 1.0, 2.0, 4.0)  # times the planet's own
CORRUPTED = (3.0, 10.0, 30.0)  # standard deviations
GAIN = (0.3, 1.0, 3.0)  # per cent
SLOPE = (1.0, 3.0, 10.0)  # standard deviations at either end


@dataclass(frozen=True)
class Point:
    """The answers at one strength.

    Attributes:
        strength: of what was done to the spectra, in the unit of its trial.
        score: by the inquiry's measure.
        loss: of score against the spectra as they are, planet by planet.
        error: distance of the mean from the truth in units of the prior's width; None where that is not
            known.
        coverage: how often central 68% intervals hold the truth, likewise.
    """

    strength: float
    score: Estimate
    loss: Estimate
    error: float | None
    coverage: float | None

    @classmethod
    def of(cls, strength: float, before: Answer, after: Answer) -> Point:
        """From the answers before and after."""
        return cls(
            strength,
            Estimate.of(after.score),
            Estimate.of(before.score - after.score),
            None if after.error is None else float(after.error.mean()),
            None if after.inside is None else float(after.inside.mean()),
        )


@dataclass(frozen=True)
class Trial:
    """One way in which spectra are spoilt, at several strengths.

    Attributes:
        name: what was done.
        unit: of its strength.
        points: in the order of their strength.
    """

    name: str
    unit: str
    points: tuple[Point, ...]


Spoil = Callable[[Observations, float], Observations]


def robustness(inquiry: Inquiry, seed: int) -> tuple[Trial, ...]:
    """Spoil spectra by noise, a corrupted channel, a gain and a slope, with one draw for all strengths.

    References:
        Ciprijanovic et al. 2021, Robustness of deep learning algorithms in astronomy, NeurIPS 2021 workshop
        on Machine Learning and the Physical Sciences, https://arxiv.org/abs/2111.00961.
    """
    return tuple(
        Trial(
            name,
            unit,
            tuple(
                Point.of(strength, inquiry.before, inquiry.ask(spoil(inquiry.planets.observations, strength)))
                for strength in strengths
            ),
        )
        for name, unit, strengths, spoil in _trials(inquiry, seed)
    )


def questions(noise_included: bool) -> int:
    """How many questions it asks."""
    return 2 * len(_strengths(noise_included)) + len(CORRUPTED) + len(GAIN) + len(SLOPE)


def _strengths(noise_included: bool) -> tuple[float, ...]:
    """Of noise: spectra that carry theirs already cannot be given less."""
    return tuple(strength for strength in NOISE if strength >= 1 or not noise_included)


def _trials(inquiry: Inquiry, seed: int) -> Iterator[tuple[str, str, tuple[float, ...], Spoil]]:
    schema, seen = inquiry.fitted.schema, inquiry.planets.observations
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randn(seen.spectrum.shape, generator=generator, dtype=torch.float64)
    channel = torch.randint(seen.spectrum.shape[1], (len(seen),), generator=generator)
    sign = 2.0 * torch.randint(2, (len(seen), 1), generator=generator) - 1
    one = torch.nn.functional.one_hot(channel, seen.spectrum.shape[1]).double() * sign
    place = torch.tensor(schema.wavelength, dtype=torch.float64).log()
    width = (place.max() - place.min()).clamp(min=1e-9)
    tilt = sign * (2 * (place - place.min()) / width - 1)
    strengths = _strengths(schema.noise_included)

    def noisier(one: Observations, strength: float) -> Observations:
        added = (strength**2 - (1 if schema.noise_included else 0)) ** 0.5
        return _deeper(one, added * drawn * one.noise.double())

    yield "noise, not told", "times the noise", strengths, noisier
    yield (
        "noise, told",
        "times the noise",
        strengths,
        lambda one, strength: replace(noisier(one, strength), noise=one.noise * strength),
    )
    yield (
        "one channel off",
        "σ",
        CORRUPTED,
        lambda seen, strength: _deeper(seen, strength * one * seen.noise.double()),
    )
    yield (
        "gain",
        "%",
        GAIN,
        lambda one, strength: _deeper(one, sign * strength / 100 * one.spectrum.double()),
    )
    yield (
        "slope",
        "σ at either end",
        SLOPE,
        lambda one, strength: _deeper(one, strength * tilt * one.noise.double().mean(dim=1, keepdim=True)),
    )


def _deeper(seen: Observations, added: Tensor) -> Observations:
    return replace(seen, spectrum=(seen.spectrum.double() + added).to(seen.spectrum.dtype))
