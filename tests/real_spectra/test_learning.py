"""A density learned for one spectrum agrees with the exact posterior, and says what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from harness.data.arrays import Array
from harness.data.schema import Parameter
from harness.errors import HarnessError
from harness.real_spectra.learning import Learning, LearningPlan
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.neural import sample_by_learning
from harness.real_spectra.proposal import require_estimator
from harness.real_spectra.simulator import Simulator
from harness.retrieval.nested_trace import NestedTrace
from harness.training.trained_estimator import TrainedEstimator

Likelihood = Callable[..., MeasuredLikelihood]
ERROR = 1e-4
PARAMETERS = (
    Parameter(name="depth", unit="", lower=0.018, upper=0.022),
    Parameter(name="log_band", unit="", lower=-6, upper=-2),
    Parameter(name="slope", unit="", lower=-1e-3, upper=1e-3),
)
SMALL = LearningPlan(
    first=2000, simulations=1000, filling=500, rounds=3, pairs=1000, epochs=1, steps=50, proposals=5000
)
TINY = replace(
    SMALL,
    first=500,
    simulations=500,
    filling=100,
    rounds=1,
    near=100,
    distinct=50,
    pairs=500,
    steps=4,
    proposals=500,
    least=1,
)


def quiet(steps: int, note: str | None = None) -> None:
    """Progress that nobody looks at."""


def learned(seen: MeasuredLikelihood, plan: LearningPlan) -> tuple[NestedTrace, Learning]:
    return sample_by_learning(seen, PARAMETERS, "npe-kl", 500, 5, quiet, plan)


def distances(one: NestedTrace, other: NestedTrace) -> Array:
    """KS distances (P,) of the marginals of weighted rows."""
    values = np.concatenate([one.values, other.values])
    weights = np.concatenate([one.weights / one.weights.sum(), -other.weights / other.weights.sum()])
    sums = np.stack([weights[np.argsort(column)].cumsum() for column in values.T])
    result: Array = np.abs(sums).max(axis=1)
    return result


def by_draws_of_the_prior(seen: MeasuredLikelihood) -> NestedTrace:
    """The posterior by half a million draws that fill its part of the prior's box evenly."""
    lower, upper = np.array(
        [(0.0197, 0.0203), (-6, -2), (-4e-4, 8e-4)]
    ).T  # five standard deviations and more
    unit = torch.quasirandom.SobolEngine(len(PARAMETERS), scramble=True, seed=0).draw(2**19).double().numpy()
    values = lower + unit * (upper - lower)
    log_likelihood = seen(values)
    weights = np.exp(log_likelihood - log_likelihood.max())
    assert weights.sum() ** 2 / (weights**2).sum() > 1000
    share = np.prod((upper - lower) / [one.upper - one.lower for one in PARAMETERS])
    evidence = float(log_likelihood.max() + np.log(weights.mean() * share))
    return NestedTrace(values, weights / weights.sum(), log_likelihood, evidence, len(values))


def test_it_agrees_with_importance_sampling_from_the_prior(likelihood: Likelihood) -> None:
    seen = likelihood()
    found, how = learned(seen, SMALL)
    exact = by_draws_of_the_prior(seen)
    assert distances(found, exact).mean() < 0.1
    assert found.log_evidence == pytest.approx(exact.log_evidence, abs=0.1)
    assert found.weights.sum() == pytest.approx(1)
    assert how.efficiency > 0.1
    assert f"importance efficiency {how.efficiency:.2%}" in how.sentences()[0]


def test_errors_up_and_down_are_learned_as_they_are(likelihood: Likelihood) -> None:
    up, how = learned(likelihood(up=3 * ERROR), replace(SMALL, rounds=1))
    alike = learned(likelihood(), TINY)[0]
    assert how.efficiency > 0.05
    means = [np.average(one.values[:, 0], weights=one.weights) for one in (up, alike)]
    assert means[0] > means[1]


def test_errors_among_the_parameters_are_found(likelihood: Likelihood) -> None:
    """Of depths that scatter by three times their errors, as draws of the prior have it."""
    added = Parameter(name="log_jitter_a", unit="", lower=1.0, upper=3.5)
    seen = likelihood(inflated=True)
    seen._depth = seen._depth + 3 * ERROR * torch.from_numpy(
        np.random.default_rng(6).normal(size=len(seen._depth))
    )
    parameters = (*PARAMETERS, added)
    found, how = sample_by_learning(seen, parameters, "npe-kl", 500, 5, quiet, SMALL)
    unit = torch.quasirandom.SobolEngine(4, scramble=True, seed=0).draw(2**19).double().numpy()
    lower, upper = np.array([(one.lower, one.upper) for one in parameters]).T
    values = lower + unit * (upper - lower)
    log_likelihood = seen(values)
    weights = np.exp(log_likelihood - log_likelihood.max())
    assert weights.sum() ** 2 / (weights**2).sum() > 1000
    exact = NestedTrace(values, weights / weights.sum(), log_likelihood, 0.0, len(values))
    assert distances(found, exact).mean() < 0.1
    assert found.log_evidence == pytest.approx(log_likelihood.max() + np.log(weights.mean()), abs=0.1)
    assert how.efficiency > 0.1


def test_what_was_interrupted_goes_on_after_the_last_finished_round(
    likelihood: Likelihood, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = replace(TINY, rounds=3, enough=2.0, proposals=1000, approaches=1)
    seen, folder = likelihood(), tmp_path / "kept"
    whole, how = sample_by_learning(seen, PARAMETERS, "npe-kl", 10_000, 5, quiet, plan, tmp_path / "whole")
    trained: list[str] = []
    computed, fit = Simulator._all_computed, TrainedEstimator.fit

    def stopped_in_the_third(self: TrainedEstimator, *of: Any) -> None:
        trained.append("begun")
        if len(trained) == 3:
            raise KeyboardInterrupt
        fit(self, *of)

    monkeypatch.setattr(TrainedEstimator, "fit", stopped_in_the_third)
    with pytest.raises(KeyboardInterrupt):
        sample_by_learning(seen, PARAMETERS, "npe-kl", 10_000, 5, quiet, plan, folder)
    spectra: list[int] = []
    monkeypatch.setattr(
        Simulator,
        "_all_computed",
        lambda self, values: spectra.append(len(values)) or computed(self, values),
    )
    found, again = sample_by_learning(seen, PARAMETERS, "npe-kl", 10_000, 5, quiet, plan, folder)
    assert len(trained) == 4  # the two that had finished are not trained again
    # after the second round, of the third, and of the weighting after it
    assert sum(spectra) == plan.filling + 2 * plan.simulations
    np.testing.assert_array_equal(found.values, whole.values)
    np.testing.assert_array_equal(found.weights, whole.weights)
    assert again.rounds == how.rounds == 3
    assert how.proposals == 2 * plan.simulations  # of the last density, and none of them twice
    assert len(np.unique(found.values, axis=0)) == len(found.values)


def test_a_density_that_does_not_find_the_posterior_is_no_answer(likelihood: Likelihood) -> None:
    with pytest.raises(HarnessError, match=r"has not found this posterior .* --method nested-sampling"):
        learned(likelihood(), replace(TINY, least=5000))


def test_the_seed_repeats_it(likelihood: Likelihood) -> None:
    seen = likelihood()
    first, again = learned(seen, TINY)[0], learned(seen, TINY)[0]
    np.testing.assert_array_equal(first.values, again.values)
    np.testing.assert_array_equal(first.weights, again.weights)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("npe-kll", "npe-kl"),
        ("random-forest", "learns no density of spectra"),
        ("nested-sampling", "learns no density of spectra"),
    ],
)
def test_an_estimator_that_cannot_do_this_is_refused(name: str, said: str) -> None:
    with pytest.raises(HarnessError, match=said):
        require_estimator(name)


def test_a_density_that_turns_out_to_be_none_is_refused(
    likelihood: Likelihood, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*of: object) -> Tensor:
        raise NotImplementedError

    monkeypatch.setattr("harness.training.trained_estimator.TrainedEstimator.log_prob", none)
    with pytest.raises(HarnessError, match="'npe-kl' has no density, which importance weights need"):
        learned(likelihood(), TINY)


def test_little_efficiency_is_told() -> None:
    poor = Learning(3, 1000, 1.0, 1.0, 1000, 0.001)
    assert "compare with --method nested-sampling" in poor.sentences()[1]
    assert len(replace(poor, efficiency=0.2).sentences()) == 1
