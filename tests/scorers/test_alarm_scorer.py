"""The scorer `alarm`: it sees which planets alarm, and of which kind they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from harness.challenges import Split
from harness.challenges.toy import Toy
from harness.components import Challenge
from harness.data.posterior import Posterior
from harness.data.score import Score
from harness.errors import HarnessError
from harness.runs.assembly import Choice
from harness.runs.scoring import applicable_scorers, score_all
from harness.scorers.alarm import AlarmScorer

KINDS = ["matched"] * 60 + ["clouds"] * 20 + ["star"] * 25 + ["misfit"] * 15


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    toy = Toy.create({"train": 50, "valid": 0, "test": len(KINDS), "traced": 0, "rows": 1200}, name="toy")
    return toy.on(replace(toy.test, partition=np.array(KINDS)))


def prediction(challenge: Challenge, p_value: torch.Tensor | None) -> Posterior:
    nothing = torch.zeros(len(challenge.test), 1, len(challenge.schema.parameters))
    return replace(Posterior.equal(nothing), alarm=p_value)


def drawn(seed: int = 0) -> torch.Tensor:
    """p-values that are uniform for planets that are matched or misfit, and smaller for the others."""
    uniform = torch.rand(len(KINDS), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return torch.where(torch.from_numpy(np.isin(KINDS, ["clouds", "star"])), uniform**4, uniform)


def scored(challenge: Challenge, p_value: torch.Tensor | None, **options: object) -> Score:
    scorer = AlarmScorer.create(options, name="alarm")
    return scorer.score(prediction(challenge, p_value), challenge.test.truth, challenge)


def test_an_alarm_that_knows_the_shifted_planets_has_an_area_of_one(challenge: Challenge) -> None:
    known = torch.from_numpy(np.where(np.isin(KINDS, ["clouds", "star"]), 0.01, 0.5))
    score = scored(challenge, known)
    assert score.value == 1.0
    assert score.parts["clouds"].value == score.parts["star/detection"].value == 1.0
    assert score.parts["false_alarms"].value == 0.0


def test_kinds_whose_spectra_are_not_shifted_are_shown_and_do_not_count(challenge: Challenge) -> None:
    score = scored(challenge, drawn())
    mean = (score.parts["clouds"].value + score.parts["star"].value) / 2
    assert score.value == pytest.approx(mean)
    assert "misfit" in score.parts
    assert scored(challenge, drawn(), uncounted=[]).value < score.value


def test_its_standard_errors_are_the_spread_over_planets(challenge: Challenge) -> None:
    scores = [scored(challenge, drawn(seed)) for seed in range(60)]
    for part in (None, "clouds", "star/detection", "false_alarms"):
        ones = [one if part is None else one.parts[part] for one in scores]
        spread = np.std([one.value for one in ones])
        assert np.mean([one.standard_error for one in ones]) == pytest.approx(spread, rel=0.3), part


def test_the_column_over_planets_has_the_score_for_its_mean(challenge: Challenge) -> None:
    score = scored(challenge, drawn())
    counted = score.per_planet[torch.isfinite(score.per_planet)]
    assert len(counted) == KINDS.count("matched") + KINDS.count("clouds") + KINDS.count("star")
    assert float(counted.mean()) == pytest.approx(score.value)


def test_all_kinds_are_scored_at_once(challenge: Challenge) -> None:
    choice = Choice.of("scorer", "alarm")
    ((record, _),) = score_all([choice], prediction(challenge, drawn()), challenge.test, challenge)
    assert record.partitions == {}
    assert record.value == pytest.approx(scored(challenge, drawn()).value)
    assert record.n_planets == 105


def test_without_alarms_it_says_where_they_come_from(challenge: Challenge) -> None:
    with pytest.raises(HarnessError, match="This prediction has no alarms"):
        scored(challenge, None)


@pytest.mark.parametrize("kinds", [None, ["matched"], ["clouds", "star"], ["matched", "misfit"]])
def test_without_shifted_and_matched_planets_it_is_refused_in_a_sentence(
    challenge: Challenge, kinds: list[str] | None
) -> None:
    labels = None if kinds is None else np.array((kinds * len(KINDS))[: len(KINDS)])
    split = Split(challenge.test.observations, challenge.test.truth, labels)
    choice = Choice.of("scorer", "alarm")
    chosen, left_out = applicable_scorers(challenge.on(split), split, [choice], required=False)
    assert not chosen
    (sentence,) = left_out
    assert sentence.startswith("Scorer 'alarm' cannot score on toy. It compares shifted test planets with")
    with pytest.raises(HarnessError, match="there are not both"):
        applicable_scorers(challenge.on(split), split, [choice], required=True)
