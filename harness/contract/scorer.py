"""What every scorer must satisfy."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import torch

from harness.components import Challenge, Scorer
from harness.contract.subject import SAMPLES, Subject, require, tiny_challenge
from harness.data.posterior import Posterior
from harness.data.score import Score
from harness.data.split import MATCHED


@cache
def _challenge() -> Challenge:
    """The tiny challenge with every other test planet said to be of another kind."""
    test = tiny_challenge().test
    kinds = np.array([MATCHED, "shifted"] * len(test))[: len(test)]
    return tiny_challenge().on(replace(test, partition=kinds))


def _alarm(matched: float, shifted: float) -> torch.Tensor:
    """A p-value of each planet, by its kind and with some scatter."""
    partition = _challenge().test.partition
    assert partition is not None
    p_values = torch.where(torch.from_numpy(partition == MATCHED), matched, shifted)
    return p_values + torch.linspace(0, 0.3, len(p_values))


def _reference() -> Posterior:
    """The truth's own traces, or as near as SAMPLES rows come to them, with alarms where they should be."""
    traces = _challenge().test.truth.traces
    assert traces is not None
    pairs = [traces.trace(planet) for planet in range(len(traces))]
    weights = torch.stack([w[-SAMPLES:] / w[-SAMPLES:].sum() for _, w in pairs])
    samples = torch.stack([values[-SAMPLES:] for values, _ in pairs])
    return Posterior(samples, weights, alarm=_alarm(0.3, 0.1))


def _corner() -> Posterior:
    """Every sample at the lower bounds, alarms where they should not be: about as wrong as can be."""
    lower = torch.tensor(_challenge().schema.bounds, dtype=torch.float64)[:, 0]
    samples = lower.expand(len(_challenge().test), SAMPLES, len(lower)).clone()
    return replace(Posterior.equal(samples), alarm=_alarm(0.1, 0.3))


def _score(subject: Subject, prediction: Posterior) -> Score:
    scorer: Scorer = subject.build()
    return scorer.score(prediction, _challenge().test.truth, _challenge())


def check_truth_scores_better_than_a_corner(subject: Subject) -> None:
    """the reference posterior scores better than a corner of the prior"""
    good, bad = _score(subject, _reference()).value, _score(subject, _corner()).value
    better = good > bad if subject.build().higher_is_better else good < bad
    require(better, f"the reference scores {good:g}, a corner of the prior {bad:g}")


def check_score_carries_standard_errors(subject: Subject) -> None:
    """the score and every part carry a standard error over planets"""
    score = _score(subject, _reference())
    for name, (value, error) in {"the score": (score.value, score.standard_error), **score.parts}.items():
        require(math.isfinite(value), f"{name} is not finite")
        require(math.isfinite(error) and error >= 0, f"the standard error of {name} is {error}")


def check_score_has_one_number_for_each_planet(subject: Subject) -> None:
    """the per-planet column has one number for each planet"""
    column = _score(subject, _reference()).per_planet
    require(tuple(column.shape) == (len(tiny_challenge().test),), f"it has shape {tuple(column.shape)}")


def check_score_is_repeatable(subject: Subject) -> None:
    """scored twice, a prediction has the same score"""
    require(_score(subject, _reference()).value == _score(subject, _reference()).value, "the score varies")


def check_samples_without_weight_do_not_count(subject: Subject) -> None:
    """samples of weight zero hardly change the score"""
    reference, corner = _reference(), _corner()
    both = replace(
        reference,
        samples=torch.cat([reference.samples, corner.samples.to(reference.samples)], dim=1),
        weights=torch.cat([reference.weights, torch.zeros_like(reference.weights)], dim=1),
    )
    good, bad, mixed = (_score(subject, one).value for one in (reference, corner, both))
    # scorers that resample draw other rows
    require(
        abs(mixed - good) < 0.1 * abs(bad - good),
        f"the reference scores {good:g}, and {mixed:g} beside samples without weight ({bad:g} alone)",
    )


CHECKS = {
    "scorer": (
        check_truth_scores_better_than_a_corner,
        check_score_carries_standard_errors,
        check_score_has_one_number_for_each_planet,
        check_score_is_repeatable,
        check_samples_without_weight_do_not_count,
    )
}
