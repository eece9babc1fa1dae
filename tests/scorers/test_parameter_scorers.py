"""R2, RMSE, CRPS and coverage against their formulas, and their errors against the bootstrap."""

from functools import partial

import numpy as np
import pytest
import torch

from harness.challenges import Truth
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.metrics import crps
from harness.scorers.calibration import CRPS, Coverage
from harness.scorers.point import R2, RMSE

SCORERS = [R2, RMSE, CRPS, Coverage]


def scored(scorer, case):
    return scorer.create().score(case.prediction, case.truth, case.challenge)


def test_r2_is_that_of_the_weighted_mean(case):
    score = scored(R2, case)
    samples, weights = case.prediction.samples.numpy(), case.prediction.weights.numpy()
    mean = (samples * weights[..., None]).sum(axis=1)
    truth = case.truth.parameters.numpy()
    r2 = 1 - ((mean - truth) ** 2).sum(axis=0) / ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    assert [score.parts[name].value for name in ("temperature", "log_H2O")] == pytest.approx(r2.tolist())
    assert score.value == pytest.approx(r2.mean())


def test_r2_is_one_for_the_truth_and_zero_for_its_mean(case):
    truth = case.truth.parameters
    for guess, expected in ((truth, 1.0), (truth.mean(dim=0).expand_as(truth), 0.0)):
        score = R2.create().score(Posterior.equal(guess[:, None]), case.truth, case.challenge)
        assert score.value == pytest.approx(expected, abs=1e-12)


def test_r2_of_a_parameter_that_does_not_vary_is_not_a_number(case):
    constant = case.truth.parameters.clone()
    constant[:, 0] = 1000.0
    parts = R2.create().score(case.prediction, Truth(constant), case.challenge).parts
    assert np.isnan(parts["temperature"].value)
    assert np.isfinite(parts["log_H2O"].value)


def test_rmse_is_that_of_the_median_in_units_and_in_widths_of_the_prior(case):
    equal = Posterior.equal(case.prediction.samples)
    score = RMSE.create().score(equal, case.truth, case.challenge)
    error = np.median(equal.samples.numpy(), axis=1) - case.truth.parameters.numpy()
    rmse = np.sqrt((error**2).mean(axis=0))
    assert [score.parts[name].value for name in ("temperature", "log_H2O")] == pytest.approx(rmse.tolist())
    assert score.value == pytest.approx((rmse / [2000, 8]).mean())
    assert not RMSE.higher_is_better


def test_rmse_of_the_truth_is_zero_without_error(case):
    score = RMSE.create().score(Posterior.equal(case.truth.parameters[:, None]), case.truth, case.challenge)
    assert (score.value, score.standard_error) == (0.0, 0.0)


def test_crps_has_parts_in_units_and_a_value_in_widths_of_the_prior(case):
    score = scored(CRPS, case)
    each = crps(case.prediction.samples, case.truth.parameters, case.prediction.weights).mean(dim=0)
    assert [score.parts[name].value for name in ("temperature", "log_H2O")] == pytest.approx(each.tolist())
    assert score.value == pytest.approx(float((each / torch.tensor([2000, 8])).mean()))
    assert not CRPS.higher_is_better


def test_coverage_is_the_fraction_of_truths_inside(case):
    score = scored(Coverage, Equal(case))
    samples, truth = case.prediction.samples.numpy(), case.truth.parameters.numpy()
    expected = {}
    for level in (0.68, 0.95):
        ends = np.quantile(
            samples, [(1 - level) / 2, (1 + level) / 2], axis=1, method="averaged_inverted_cdf"
        )
        inside = ((ends[0] <= truth) & (truth <= ends[1])).mean(axis=0)
        name = f"coverage_{100 * level:.0f}"
        expected |= {name: inside.mean(), f"{name}/temperature": inside[0], f"{name}/log_H2O": inside[1]}
    assert {name: part.value for name, part in score.parts.items()} == pytest.approx(expected)
    deviations = [
        abs(expected[f"coverage_{level}/{name}"] - level / 100)
        for level in (68, 95)
        for name in ("temperature", "log_H2O")
    ]
    assert score.value == pytest.approx(np.mean(deviations))
    assert not Coverage.higher_is_better


class Equal:
    """A case with equal weights."""

    def __init__(self, case):
        self.prediction = Posterior.equal(case.prediction.samples)
        self.truth, self.challenge = case.truth, case.challenge


@pytest.mark.parametrize("scorer", SCORERS)
def test_standard_errors_are_those_of_the_bootstrap(case, scorer, bootstrap_errors):
    again = partial(scorer.create().score, challenge=case.challenge)
    score = scored(scorer, case)
    part = list(score.parts)[-1]
    of_score, of_part = bootstrap_errors(again, case, part)
    assert score.standard_error == pytest.approx(of_score, rel=0.15)
    assert score.parts[part].standard_error == pytest.approx(of_part, rel=0.15)


@pytest.mark.parametrize("scorer", SCORERS)
def test_the_mean_of_the_planets_column_is_the_score(case, scorer):
    score = scored(scorer, case)
    assert score.per_planet.shape == (240,)
    assert float(score.per_planet.mean()) == pytest.approx(score.value, abs=1e-12)
    assert all(part.standard_error > 0 for part in score.parts.values())


@pytest.mark.parametrize("scorer", SCORERS)
def test_planets_whose_parameters_are_not_known_do_not_count(case, scorer):
    parameters = case.truth.parameters.clone()
    parameters[::4, 1] = torch.nan
    known = torch.isfinite(parameters).all(dim=1)
    rows = torch.nonzero(known)[:, 0].numpy()
    score = scorer.create().score(case.prediction, Truth(parameters), case.challenge)
    alone = scorer.create().score(case.prediction[rows], Truth(parameters[rows]), case.challenge)
    assert torch.equal(torch.isfinite(score.per_planet), known)
    assert (score.value, score.standard_error) == pytest.approx((alone.value, alone.standard_error))
    for name, part in score.parts.items():
        assert tuple(part) == pytest.approx(tuple(alone.parts[name]))


@pytest.mark.parametrize("scorer", SCORERS)
def test_truth_without_parameters_cannot_be_scored(case, scorer):
    truth = Truth(None, case.truth.traces)
    assert scorer.create().missing(truth) == ["parameters"]
    with pytest.raises(HarnessError, match="parameters of these planets are not known"):
        scorer.create().score(case.prediction, truth, case.challenge)


@pytest.mark.parametrize("scorer", SCORERS)
def test_samples_may_be_float32(case, scorer):
    single = Posterior(case.prediction.samples.float(), case.prediction.weights)
    found = scorer.create().score(single, case.truth, case.challenge)
    assert found.value == pytest.approx(scored(scorer, case).value, rel=1e-3)
    assert found.per_planet.dtype == torch.float64
