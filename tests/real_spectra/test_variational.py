"""A flow that climbs one spectrum's likelihood agrees with the exact posterior, and says what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from harness.data.schema import Parameter
from harness.errors import HarnessError
from harness.real_spectra.flow import require_climber
from harness.real_spectra.learning import ClimbingPlan
from harness.real_spectra.likelihood import MeasuredLikelihood
from harness.real_spectra.residual_model import ResidualModel
from harness.real_spectra.variational import Climbed, sample_by_climbing

N, ERROR = 10, 1e-4
Likelihood = Callable[..., MeasuredLikelihood]
PARAMETERS = (
    Parameter(name="depth", unit="", lower=0.018, upper=0.022),
    Parameter(name="slope", unit="", lower=-1e-3, upper=1e-3),
)
JITTER = Parameter(name="log_jitter_a", unit="log10 ppm", lower=0, upper=3.3)
PLAN = ClimbingPlan(
    options={"proposals": 0, "steps": 120, "heated": 30, "transforms": 1}, draws=1000, proposals=4000
)


def quiet(steps: int, note: str | None = None) -> None:
    """Progress that nobody looks at."""


def climbed(
    seen: MeasuredLikelihood,
    folder: Path,
    parameters: tuple[Parameter, ...] = PARAMETERS,
    plan: ClimbingPlan = PLAN,
) -> Climbed:
    return sample_by_climbing(seen, parameters, "vi", 800, 5, quiet, folder, "this", plan)


def evidence_on_a_grid(seen: MeasuredLikelihood, *axes: tuple[float, float]) -> float:
    """The log of the likelihood's mean over the prior, by a grid of the part of it that counts."""
    points = 60 if len(axes) == 3 else 300
    lines = [
        low + (high - low) * (torch.arange(points, dtype=torch.float64) + 0.5) / points for low, high in axes
    ]
    parameters = (*PARAMETERS, JITTER)[: len(axes)]
    share = np.prod(
        [(high - low) / (one.upper - one.lower) for (low, high), one in zip(axes, parameters, strict=True)]
    )
    logs = seen(torch.cartesian_prod(*lines).numpy())
    return float(logs.max() + np.log(np.exp(logs - logs.max()).mean() * share))


CORRELATED = ERROR**2 * (0.5 * np.eye(N) + 0.5)
AXES = ((0.0195, 0.0205), (-1e-3, 1e-3))


@pytest.mark.parametrize(
    "errors",
    [{}, {"up": 3 * ERROR}, {"covariance": CORRELATED}],
    ids=["alike", "asymmetric", "correlated"],
)
def test_it_finds_the_evidence(
    likelihood_of_a_line: Likelihood, errors: dict[str, Any], tmp_path: Path
) -> None:
    seen = likelihood_of_a_line(**errors)
    found = climbed(seen, tmp_path)
    assert found.trace.log_evidence == pytest.approx(evidence_on_a_grid(seen, *AXES), abs=0.1)
    assert found.how.efficiency > 0.3
    how = found.judged(seen)
    assert how.lower_bound is not None
    assert how.lower_bound < found.trace.log_evidence + 0.05
    assert how.lower_bound > found.trace.log_evidence - 1
    assert found.trace.calls == how.spectra + how.proposals
    assert "evidence lower bound" in how.sentences()[0]


def test_it_infers_how_much_errors_are_too_small(likelihood_of_a_line: Likelihood, tmp_path: Path) -> None:
    seen = likelihood_of_a_line(inflated=True, scatter=3)
    found = climbed(seen, tmp_path, (*PARAMETERS, JITTER))
    exact = evidence_on_a_grid(seen, *AXES, (0, 3.3))
    assert found.trace.log_evidence == pytest.approx(exact, abs=0.1)
    assert np.average(found.trace.values[:, 2], weights=found.trace.weights) > 2


@pytest.mark.parametrize(
    "errors",
    [{"up": 3 * ERROR}, {"covariance": CORRELATED}, {"inflated": True}],
    ids=["asymmetric", "correlated", "inflated"],
)
def test_residuals_have_the_likelihood_of_the_spectrum(
    likelihood_of_a_line: Likelihood, errors: dict[str, Any]
) -> None:
    seen = likelihood_of_a_line(**errors)
    values = torch.tensor([[0.02, 1e-4, 1.0], [0.0201, -1e-4, 2.5]], dtype=torch.float64)
    values = values[:, : 3 if seen.nuisances.widens else 2]
    gaussian = -ResidualModel(seen, "this")(values).square().sum(dim=1) / 2
    exact = torch.from_numpy(seen(values.numpy()))
    assert float((gaussian - exact).diff().abs()) < 1e-6


def test_what_was_interrupted_goes_on(likelihood_of_a_line: Likelihood, tmp_path: Path) -> None:
    seen = likelihood_of_a_line()
    first = climbed(seen, tmp_path, plan=replace(PLAN, proposals=1000))
    again = climbed(seen, tmp_path, plan=replace(PLAN, proposals=1000))
    np.testing.assert_array_equal(first.trace.values, again.trace.values)
    np.testing.assert_array_equal(first.trace.weights, again.trace.weights)
    assert again.trace.calls == first.trace.calls


def test_a_flow_that_does_not_find_the_posterior_is_no_answer(
    likelihood_of_a_line: Likelihood, tmp_path: Path
) -> None:
    with pytest.raises(HarnessError, match=r"has not found this posterior .* --method nested-sampling"):
        climbed(likelihood_of_a_line(), tmp_path, plan=replace(PLAN, least=5000))


@pytest.mark.parametrize("name", ["nested-sampling", "npe-kl"])
def test_an_estimator_that_cannot_climb_is_refused(name: str) -> None:
    with pytest.raises(HarnessError, match="no density that climbs a forward model"):
        require_climber(name)
