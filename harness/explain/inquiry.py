"""Asking a fitted method the same question again and again, about spectra that differ in one thing."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from harness.components.progress import Advance
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.errors import HarnessError
from harness.explain.measure import Measure
from harness.metrics import interval_coverage
from harness.runs.fitted import FittedRun

LEVEL = 0.68
LEAST = 1e-3  # of the prior's width, that a spread is taken to be
SLOW = 3.0  # seconds for one planet, from which on a method is asked about one before it is about all


@dataclass(frozen=True)
class Answer:
    """What a method said of N planets.

    Attributes:
        mean, spread: of each posterior in each parameter (N, P), float64; spreads of at least a thousandth of
            the prior's width, for there are posteriors of one value.
        score: of each planet by the inquiry's measure (N,).
        error: distance of the mean from the truth in units of the prior's width, averaged over parameters
            (N,); None where the truth is not known.
        inside: the share of parameters whose central 68% interval holds the truth (N,), likewise.
    """

    mean: Tensor
    spread: Tensor
    score: Tensor
    error: Tensor | None
    inside: Tensor | None

    def shift(self, before: Answer) -> Tensor:
        """By how many of its spreads the mean of each posterior moved (N, P)."""
        return (self.mean - before.mean) / before.spread


@dataclass(frozen=True)
class Estimate:
    """A mean over planets with its standard error."""

    value: float
    error: float

    @classmethod
    def of(cls, values: Tensor) -> Estimate:
        """Of numbers (N,)."""
        error = float(values.std(correction=1)) / len(values) ** 0.5 if len(values) > 1 else float("nan")
        return cls(float(values.mean()), error)

    def __str__(self) -> str:
        return f"{self.value:.0f} ± {self.error:.0f}".replace("-", "−")


@dataclass
class Inquiry:
    """A fitted method and the planets that it is asked about.

    The method's random numbers are the same at every question, so that what differs in two answers is what
    differs in the spectra.

    Attributes:
        fitted: the method.
        planets: that it is asked about.
        samples: of each posterior.
        measure: of an answer.
        advance: told of every question.
        before: the answer about the spectra as they are, once it was asked for.
        posterior: the samples behind it.
        seconds: that it took.
    """

    fitted: FittedRun
    planets: Split
    samples: int
    measure: Measure
    advance: Advance | None = None

    def __post_init__(self) -> None:
        self.posterior, self.seconds = self._timed(self.planets.observations)
        self.before = self.judge(self.posterior, self.planets)

    def ask(self, observations: Observations) -> Answer:
        """The answer about the same planets, seen otherwise."""
        answer = self.judge(self.fitted.sample(observations, self.samples), self.planets)
        if self.advance is not None:
            self.advance(1)
        return answer

    def ask_of(self, spectrum: Tensor) -> Answer:
        """The answer about these spectra (N, W), all else being equal."""
        return self.ask(replace(self.planets.observations, spectrum=spectrum))

    def judge(self, posterior: Posterior, planets: Split) -> Answer:
        """Mean and spread of posteriors, and how good they are."""
        samples, weights = posterior.samples.double(), posterior.weights.double()[..., None]
        mean = (weights * samples).sum(dim=1)
        lower, upper = torch.tensor(self.fitted.schema.bounds, dtype=torch.float64).T
        spread = (weights * (samples - mean[:, None]) ** 2).sum(dim=1).sqrt()
        spread = torch.maximum(spread, LEAST * (upper - lower))
        score = self.measure.scores(posterior, planets).cpu()
        truth = planets.truth.parameters
        if truth is None:
            return Answer(mean, spread, score, None, None)
        error = ((mean - truth.double()).abs() / (upper - lower)).mean(dim=1)
        inside = (
            interval_coverage(samples, truth.double(), [LEVEL], posterior.weights).double().mean(dim=(1, 2))
        )
        return Answer(mean, spread, score, error, inside)

    def _timed(self, observations: Observations) -> tuple[Posterior, float]:
        begun = time.monotonic()
        posterior = self.fitted.sample(observations, self.samples)
        return posterior, time.monotonic() - begun


def refuse_slow(fitted: FittedRun, planets: Split, samples: int, questions: int, minutes: float) -> None:
    """Refuse what would take longer than `minutes`, from the time that one planet takes a slow method.

    Raises:
        HarnessError: says how long it would take.
    """
    begun = time.monotonic()
    fitted.sample(planets.observations[:1], samples)
    seconds = time.monotonic() - begun
    needed = seconds * len(planets) * questions / 60
    if seconds > SLOW and needed > minutes:
        raise HarnessError(
            f"'{fitted.record.estimator.name}' takes {seconds:.0f} s a planet, so that {questions} questions "
            f"about {len(planets)} planets would take {_in_words(needed)}; ask about fewer (--planets, "
            "--samples), or allow more time (--minutes)."
        )


def refuse_long(inquiry: Inquiry, questions: int, minutes: float) -> None:
    """Refuse what would take longer than `minutes`, from the time that the first question took.

    Raises:
        HarnessError: says how long it would take.
    """
    needed = inquiry.seconds * questions / 60
    if needed > minutes:
        fewer = max(2, int(len(inquiry.planets) * minutes / needed))
        raise HarnessError(
            f"{questions} questions about {len(inquiry.planets)} planets would take {_in_words(needed)}; "
            f"ask about fewer (--planets {fewer}) or for fewer samples, or allow more time (--minutes)."
        )


def _in_words(minutes: float) -> str:
    if minutes < 2:
        return f"{60 * minutes:.2g} seconds"
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"
