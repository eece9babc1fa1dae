"""Asking a fitted method the same question again and again, about spectra that differ in one thing."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import torch
from scipy.special import ndtr, stdtrit
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
CLEAR = 3.0  # standard errors, of many planets: of fifty channels, chance puts hardly one beyond it
LEAST = 1e-3  # of the prior's width, that a spread is taken to be
SLOW = 3.0  # seconds for one planet, from which on a method is asked about few before it is about all
FEW = 8  # that it is asked about then
SPARE = 1.2  # by which the time that is asked for is longer than that estimated


def standard_errors(of_many: float, freedom: float) -> float:
    """How many standard errors of few planets chance exceeds as seldom as so many of many, by Student's t.

    Arguments:
        of_many: standard errors that are known.
        freedom: degrees of it.
    """
    return float(stdtrit(freedom, float(ndtr(of_many))))


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
    """A mean over planets with its standard error.

    Attributes:
        planets: how many; a standard error of few is uncertain itself.
    """

    value: float
    error: float
    planets: int

    @classmethod
    def of(cls, values: Tensor) -> Estimate:
        """Of numbers (N,)."""
        error = float(values.std(correction=1)) / len(values) ** 0.5 if len(values) > 1 else float("nan")
        return cls(float(values.mean()), error, len(values))

    @property
    def clear(self) -> bool:
        """Whether it is more than chance makes, and no nought when it is printed."""
        if self.planets < 2:
            return False
        return self.value > max(standard_errors(CLEAR, self.planets - 1) * self.error, 0.5)

    def __str__(self) -> str:
        return f"{self.value:z.0f} ± {self.error:.0f}".replace("-", "−")


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
        begun = time.monotonic()
        self.posterior = self.fitted.sample(self.planets.observations, self.samples)
        self.seconds = time.monotonic() - begun
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


@dataclass(frozen=True)
class Work:
    """What is to be asked, and in which time.

    Attributes:
        questions: about every planet.
        planets: how many.
        once: planets that are asked about once beside.
        minutes: that it may take.
    """

    questions: int
    planets: int
    once: int
    minutes: float

    def needed(self, pace: Pace, planets: int) -> float:
        """The minutes that it takes about so many planets."""
        return (self.questions * pace.seconds(planets) + pace.seconds(self.once)) / 60

    def refuse_at(self, pace: Pace) -> None:
        """Refuse what would take too long.

        Raises:
            HarnessError: says how long it would take, and what would not.
        """
        needed, least = self.needed(pace, self.planets), self.needed(pace, 2)
        if needed <= self.minutes:
            return
        told = (
            f"{self.questions} questions about {self.planets} planets and one about {self.once} would take "
            f"{_in_words(needed)}"
        )
        if least > self.minutes:
            fewest = (
                ""
                if self.planets == 2
                else f", and {_in_words(least)} with 2 planets in place of {self.planets}"
            )
            raise HarnessError(
                f"{told}{fewest}; allow more time (--minutes {math.ceil(SPARE * least)} --planets 2)."
            )
        fewer = max(n for n in range(2, self.planets) if self.needed(pace, n) <= self.minutes)
        raise HarnessError(
            f"{told}; ask about fewer (--planets {fewer}), or allow more time "
            f"(--minutes {math.ceil(SPARE * needed)})."
        )


def refuse_slow(fitted: FittedRun, planets: Split, samples: int, work: Work) -> None:
    """Refuse what would take too long, from the time that few planets take a slow method.

    Raises:
        HarnessError: says how long it would take, and what would not.
    """
    one = _seconds(fitted, planets[:1].observations, samples)
    one_by_one = Pace(one, one)
    if one <= SLOW or work.needed(one_by_one, work.planets) <= work.minutes:
        return
    needed = work.questions * one / 60
    if needed > work.minutes:
        enough = math.ceil(SPARE * work.needed(one_by_one, 2))
        raise HarnessError(
            f"'{fitted.record.estimator.name}' takes {one:.0f} s for one planet, so that {work.questions} "
            f"questions would take {_in_words(needed)} however few planets they are about; allow more time "
            f"(--minutes {enough} --planets 2)."
        )
    few = min(work.planets, FEW)
    work.refuse_at(Pace.of(one, few, _seconds(fitted, planets[:few].observations, samples)))


def refuse_long(inquiry: Inquiry, work: Work) -> None:
    """Refuse what would take too long, from the time that the first question took.

    Raises:
        HarnessError: says how long it would take, and what would not.
    """
    at_most = (work.questions + max(work.once / work.planets, 1)) * inquiry.seconds
    if at_most > 60 * work.minutes:
        one = _seconds(inquiry.fitted, inquiry.planets[:1].observations, inquiry.samples)
        work.refuse_at(Pace.of(one, work.planets, inquiry.seconds))


@dataclass(frozen=True)
class Pace:
    """How long a question takes: methods that work on many planets together take little for each more.

    Attributes:
        first: seconds for the first planet.
        each: for each more.
    """

    first: float
    each: float

    @classmethod
    def of(cls, one: float, n: int, seconds: float) -> Pace:
        """From the time that one planet takes, and that n > 1 planets take."""
        first = min(one, seconds)
        return cls(first, (seconds - first) / (n - 1))

    def seconds(self, n: int) -> float:
        """Of a question about n planets."""
        return self.first + self.each * (n - 1)


def _seconds(fitted: FittedRun, observations: Observations, samples: int) -> float:
    begun = time.monotonic()
    fitted.sample(observations, samples)
    return time.monotonic() - begun


def _in_words(minutes: float) -> str:
    if minutes < 2:
        return f"{60 * minutes:.0f} seconds" if minutes > 0.2 else f"{60 * minutes:.2g} seconds"
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:,.1f} hours"
