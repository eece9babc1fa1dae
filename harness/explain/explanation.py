"""Everything that is asked of a fitted run, as numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.challenges import load
from harness.components import Challenge
from harness.components.progress import shown_progress
from harness.data.arrays import Array
from harness.data.split import MATCHED, Split
from harness.errors import HarnessError, counted
from harness.explain import importance as parts
from harness.explain import robustness as trials
from harness.explain.bands import Bands, bands_of
from harness.explain.drift import Drift, drift
from harness.explain.importance import Importance
from harness.explain.inquiry import Answer, Inquiry, Work, refuse_long, refuse_slow
from harness.explain.masking import Masked, maskable, masked
from harness.explain.measure import Asked, measure_for
from harness.explain.response import Response, is_differentiable, response
from harness.explain.robustness import Trial
from harness.explain.subgroups import Subgroup, subgroups
from harness.runs.fitted import FittedRun

SCORED = 500  # test planets at most, that groups are made of
TRAINING = 3000  # training planets whose usual contrasts fill a masked band


@dataclass(frozen=True)
class Questions:
    """How much is asked.

    Attributes:
        planets: that every question is about.
        samples: of each posterior.
        score: what an answer is measured by.
        seed: of what is exchanged, drawn and permuted.
        minutes: that it may take.
        quiet: show no progress.
    """

    planets: int = 64
    samples: int = 1000
    score: Asked = "auto"
    seed: int = 0
    minutes: float = 20.0
    quiet: bool = True


@dataclass(frozen=True)
class Explanation:
    """What was found of a run.

    Attributes:
        fitted: the run.
        challenge: that it was fitted on.
        measure: of its answers, for a reader.
        planets: that every question was about.
        answer: about them as they are.
        bands: of the molecules, or a sentence that says why there are none.
        importance: of every part of what it sees.
        response: of the posterior's mean to each channel.
        masked: without a molecule's band.
        trials: with spectra that are spoilt.
        drift: of the test planets.
        scored: the test planets that groups were made of.
        score: of each of these (K,).
        groups: of them, the worst first.
    """

    fitted: FittedRun
    challenge: Challenge
    measure: str
    planets: Split
    answer: Answer
    bands: Bands | str
    importance: Importance
    response: Response
    masked: tuple[Masked, ...]
    trials: tuple[Trial, ...]
    drift: Drift
    scored: Split
    score: Array
    groups: tuple[Subgroup, ...]


def explain(fitted: FittedRun, questions: Questions) -> Explanation:
    """Ask a recorded run about test planets of its challenge.

    Raises:
        HarnessError: the challenge has changed or its answers are not known, there are fewer than two planets
            to ask about, the method does not look at them, or it would take too long.
    """
    challenge, schema = _challenge(fitted), fitted.schema
    test = challenge.test
    measure = measure_for(questions.score, schema, challenge.train, test, challenge.spec)
    scorable = _scorable(test, measure.kind != "truth")
    planets = _some(scorable, questions.planets)
    if len(planets) < 2:
        raise HarnessError(
            f"{challenge.spec} has {counted(len(planets), 'test planet')} to ask about; it takes two to "
            "exchange anything between them."
        )
    bands = bands_of(challenge)
    found = None if isinstance(bands, str) else bands
    total = _total(fitted, found)
    scored = _some_of_all(scorable, SCORED)
    work = Work(total, len(planets), len(scored), questions.minutes)
    refuse_slow(fitted, planets, questions.samples, work)
    inquiry = Inquiry(fitted, planets, questions.samples, measure)
    everything = parts.whole(inquiry, questions.seed)
    if not bool(everything.shift.any()):
        raise HarnessError(
            f"Run {fitted.record.run_id} of '{fitted.record.estimator.name}' answers the same whatever the "
            "spectrum, so that there is nothing to explain."
        )
    refuse_long(inquiry, work)
    with shown_progress(f"{fitted.record.run_id}: questions", total, quiet=questions.quiet) as advance:
        inquiry.advance = advance
        importance = parts.importance(inquiry, found, everything, questions.seed)
        answered = response(inquiry)
        train = challenge.train.observations.spectrum
        without = () if found is None else masked(inquiry, found, train[:: -(-len(train) // TRAINING)])
        spoilt = trials.robustness(inquiry, questions.seed)
        posterior = fitted.sample(scored.observations, questions.samples)
        score = inquiry.judge(posterior, scored).score.numpy()
        advance(1)
        drifted = drift(fitted, challenge, questions.seed)
        advance(1)
    return Explanation(
        fitted,
        challenge,
        measure.words,
        planets,
        inquiry.before,
        bands,
        importance,
        answered,
        without,
        spoilt,
        drifted,
        scored,
        score,
        subgroups(schema, scored, score),
    )


def _total(fitted: FittedRun, bands: Bands | None) -> int:
    """Questions asked, and two pieces of work beside them."""
    schema = fitted.schema
    asked = parts.questions(len(schema.wavelength), bands, len(schema.auxiliary))
    asked += 0 if bands is None else len(maskable(bands))
    asked += 0 if is_differentiable(fitted.estimator) else len(schema.wavelength)
    return asked - 1 + trials.questions(schema.noise_included) + 2


def _challenge(fitted: FittedRun) -> Challenge:
    record = fitted.record
    challenge = load(record.challenge.spec, record.challenge.options)
    if challenge.fingerprint != record.challenge.fingerprint:
        raise HarnessError(
            f"{challenge.spec} is not what run {record.run_id} was fitted on: its data have changed."
        )
    return challenge


def _scorable(test: Split, by_traces: bool) -> Split:
    """The planets that an answer can be measured on."""
    if by_traces and test.truth.traces is not None:
        return test[test.truth.traces.present]
    return test


def _some(test: Split, most: int) -> Split:
    """At most so many planets, evenly over those of the partition "matched", or all where there is none."""
    rows = test.partitions().get(MATCHED, np.arange(len(test)))
    return test[rows[_spread(len(rows), most)]]


def _some_of_all(test: Split, most: int) -> Split:
    return test[_spread(len(test), most)]


def _spread(n: int, most: int) -> NDArray[np.int64]:
    """At most so many of n positions, evenly over all of them."""
    return np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(int)) if n else np.arange(0)
