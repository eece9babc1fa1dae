"""The joint distance of a prediction to the traces: what it sees, and what it does not depend on."""

import pytest
import torch

from harness.challenges import Traces, Truth
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.metrics import ddks
from harness.scorers.ddks import DDKS


def correlated(sign, rows=4000, planets=6, seed=0):
    """Two parameters that vary together, or one against the other; the marginals are the same."""
    generator = torch.Generator().manual_seed(seed)
    x, noise = torch.randn(2, planets, rows, generator=generator, dtype=torch.float64)
    y = sign * 0.9 * x + (1 - 0.81) ** 0.5 * noise
    return torch.stack([1000 + 100 * x, -5 + y], dim=-1)


def truth_of(samples, weights=None):
    pairs = [
        (one, torch.full((len(one),), 1 / len(one), dtype=torch.float64) if weights is None else weights)
        for one in samples
    ]
    return Truth(None, Traces.from_list([*pairs, None], samples.shape[-1]))


def prediction_of(samples):
    return Posterior.equal(torch.cat([samples, samples[:1]]))  # the last planet has no trace


def test_a_perfect_prediction_is_at_the_floor_and_a_wrong_correlation_far_above(challenge):
    truth = truth_of(correlated(+1))
    scorer = DDKS.create({"points": 300})
    right = scorer.score(prediction_of(correlated(+1, seed=1)), truth, challenge)
    wrong = scorer.score(prediction_of(correlated(-1, seed=1)), truth, challenge)
    assert right.value == pytest.approx(right.parts["floor"].value, abs=0.03)
    assert wrong.value > right.value + 0.15
    assert wrong.parts["floor"] == right.parts["floor"]
    assert not DDKS.higher_is_better


def test_planets_without_a_trace_have_no_score(challenge):
    score = DDKS.create({"points": 50}).score(
        prediction_of(correlated(1)), truth_of(correlated(1)), challenge
    )
    assert torch.isnan(score.per_planet).tolist() == [False] * 6 + [True]
    assert 0 < score.standard_error < score.value


def test_weights_count_and_rows_without_weight_do_not(challenge):
    samples = correlated(1, rows=500)
    weights = torch.rand(500, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    weights[-100:] = 0.0
    weights /= weights.sum()
    padded = samples.clone()
    padded[:, -100:] = 1e6
    scorer = DDKS.create({"points": 100})
    prediction = prediction_of(correlated(1, seed=1))
    one = scorer.score(prediction, truth_of(samples, weights), challenge)
    other = scorer.score(prediction, truth_of(padded, weights), challenge)
    assert one.value == other.value
    assert one.value != scorer.score(prediction, truth_of(samples), challenge).value
    # a prediction carries the same draws, whatever its own padding
    posterior = Posterior(padded[:1], weights[None])
    alone = scorer.score(posterior, Truth(None, Traces.from_list([(samples[0], weights)], 2)), challenge)
    assert alone.value < 0.25


def test_units_do_not_matter_and_the_seed_decides(challenge):
    truth, prediction = correlated(1, rows=300), correlated(-1, rows=200)
    scorer = DDKS.create({"points": 80})
    found = scorer.score(prediction_of(prediction), truth_of(truth), challenge)
    scaled = scorer.score(prediction_of(prediction * 1024), truth_of(truth * 1024), challenge)
    assert found.value == scaled.value
    again = DDKS.create({"points": 80, "seed": 1}).score(
        prediction_of(prediction), truth_of(truth), challenge
    )
    assert again.value != found.value


def test_with_many_points_it_tends_to_the_distance_of_the_posteriors_themselves(challenge):
    truth, prediction = correlated(1, rows=200, planets=2), correlated(-1, rows=200, planets=2, seed=1)
    found = DDKS.create({"points": 3000}).score(prediction_of(prediction), truth_of(truth), challenge)
    assert found.value == pytest.approx(float(ddks(prediction, truth).mean()), abs=0.03)


def test_planets_without_any_trace_cannot_be_compared(challenge):
    with pytest.raises(HarnessError, match="None of these planets has a trace"):
        DDKS.create().score(prediction_of(correlated(1)), Truth(torch.zeros(7, 2)), challenge)


def test_a_prediction_of_other_planets_is_refused(challenge):
    with pytest.raises(HarnessError, match="3 planets, but the truth 7"):
        DDKS.create().score(Posterior.equal(correlated(1, planets=3)), truth_of(correlated(1)), challenge)
