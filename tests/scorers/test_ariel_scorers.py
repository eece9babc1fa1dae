"""The scorers of the Ariel challenge: which planets count, and with what parts."""

import math

import pytest
import torch

from harness.challenges import Truth
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.metrics import official_posterior_score, posterior_score
from harness.scorers.ariel import Ariel, ArielOfficial


def lists(case):
    """Prediction and truth of the planets that have a trace."""
    rows = torch.nonzero(case.truth.traces.present)[:, 0].tolist()
    ours = [case.prediction.planet(row) for row in rows]
    theirs = [case.truth.traces.trace(row) for row in rows]
    return (
        [s for s, _ in ours],
        [w for _, w in ours],
        [s for s, _ in theirs],
        [w for _, w in theirs],
    )


@pytest.mark.parametrize(
    ("scorer", "metric"), [(Ariel, posterior_score), (ArielOfficial, official_posterior_score)]
)
def test_the_score_is_the_mean_over_planets_with_a_trace(case, scorer, metric):
    score = scorer.create().score(case.prediction, case.truth, case.challenge)
    expected = metric(*lists(case), case.challenge.schema.bounds, per_parameter=True)
    per_planet = expected.mean(dim=1)
    assert score.value == pytest.approx(float(per_planet.mean()), abs=1e-9)
    assert score.standard_error == pytest.approx(float(per_planet.std()) / math.sqrt(80), abs=1e-9)
    present = case.truth.traces.present
    assert torch.equal(torch.isfinite(score.per_planet), present)
    torch.testing.assert_close(score.per_planet[present], per_planet)
    assert list(score.parts) == ["posterior", "posterior/temperature", "posterior/log_H2O"]
    assert score.parts["posterior"] == (score.value, score.standard_error)
    assert score.parts["posterior/log_H2O"].value == pytest.approx(float(expected[:, 1].mean()), abs=1e-9)
    assert score.parts["posterior/log_H2O"].standard_error > 0


def test_the_bounds_are_those_of_the_challenge(case):
    beyond = Posterior(case.prediction.samples + 1e6, case.prediction.weights)
    corner = torch.tensor([bounds[1] for bounds in case.challenge.schema.bounds], dtype=torch.float64)
    at_the_bounds = Posterior(corner.expand_as(beyond.samples), beyond.weights)
    scorer = Ariel.create()
    assert (
        scorer.score(beyond, case.truth, case.challenge).value
        == scorer.score(at_the_bounds, case.truth, case.challenge).value
    )


def test_the_official_seed_is_an_option(case):
    values = [
        ArielOfficial.create({"seed": seed}).score(case.prediction, case.truth, case.challenge).value
        for seed in (0, 0, 1)
    ]
    assert values[0] == values[1] != values[2]
    with pytest.raises(HarnessError, match="Option 'seed' of ArielOfficial is -1"):
        ArielOfficial.create({"seed": -1})


@pytest.mark.parametrize("scorer", [Ariel, ArielOfficial])
def test_padding_of_a_ragged_prediction_does_not_count(case, scorer):
    counts = torch.full((len(case.prediction),), 50)
    samples, weights = case.prediction.samples.clone(), case.prediction.weights.clone()
    samples[:, 50:], weights[:, 50:] = 0.0, 0.0
    weights /= weights.sum(dim=-1, keepdim=True)
    padded = Posterior(samples, weights, counts)
    short = Posterior(samples[:, :50], weights[:, :50])
    score = scorer.create().score
    assert score(padded, case.truth, case.challenge).value == pytest.approx(
        score(short, case.truth, case.challenge).value, abs=1e-9
    )


@pytest.mark.parametrize("scorer", [Ariel, ArielOfficial])
def test_truth_without_any_trace_cannot_be_scored(case, scorer):
    for truth in (Truth(case.truth.parameters), case.truth[[1, 2]]):
        assert scorer.create().missing(truth) == ["traces"]
        with pytest.raises(HarnessError, match="None of these planets has a trace"):
            scorer.create().score(case.prediction[:2], truth, case.challenge)


def test_a_prediction_of_other_planets_or_parameters_is_refused(case):
    scorer = Ariel.create()
    with pytest.raises(HarnessError, match="holds 10 planets, but the truth 240"):
        scorer.score(case.prediction[:10], case.truth, case.challenge)
    wider = Posterior(case.prediction.samples.repeat(1, 1, 2), case.prediction.weights)
    with pytest.raises(HarnessError, match="has 4 parameters, but the challenge 2: temperature, log_H2O"):
        scorer.score(wider, case.truth, case.challenge)


def test_the_prediction_may_be_float32(case):
    single = Posterior(case.prediction.samples.float(), case.prediction.weights.float())
    scorer = Ariel.create()
    assert scorer.score(single, case.truth, case.challenge).value == pytest.approx(
        scorer.score(case.prediction, case.truth, case.challenge).value, abs=0.01
    )
