"""A posterior that an emulator explored is that of the model itself."""

import numpy as np
import pytest
import torch

from harness.components import FunctionForwardModel
from harness.components.emulated import EmulatedForwardModel
from harness.data.observations import Observations
from harness.data.schema import Parameter, Schema
from harness.retrieval.likelihood import SpectrumLikelihood
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.reference_posterior import reference_posterior

SCHEMA = Schema(
    parameters=(
        Parameter(name="a", unit="", lower=-1, upper=1),
        Parameter(name="b", unit="", lower=-1, upper=1),
    ),
    wavelength=(1.0, 2.0, 3.0),
    width=(0.1, 0.1, 0.1),
)
NOISE = 0.1
PLANET = Observations(
    np.array(["planet"]),
    torch.tensor([[0.1, -0.2, 0.0]], dtype=torch.float64),
    torch.full((1, 3), NOISE, dtype=torch.float64),
    torch.empty(1, 0, dtype=torch.float64),
)


def sums(off: float) -> FunctionForwardModel:
    return FunctionForwardModel(
        lambda parameters, *_: torch.cat([parameters, parameters.sum(dim=1, keepdim=True)], dim=1) + off,
        f"sums off by {off}",
    )


@pytest.mark.parametrize("off", [0.5 * NOISE, 6 * NOISE])
def test_weights_and_evidence_are_those_of_the_exact_model(off: float) -> None:
    """The second emulator is so far off that the exact model explores as well."""
    exact = sums(0)
    options = NestedOptions(live=60, effective=500, rows=1000, batch=300, loose=True)
    trace = reference_posterior(PLANET, SCHEMA, EmulatedForwardModel(exact, sums(off)), 1, options)
    assert np.allclose(trace.log_likelihood, SpectrumLikelihood(exact, PLANET, SCHEMA)(trace.values))
    design = np.array([[1, 0], [0, 1], [1, 1]]) / NOISE
    covariance = np.linalg.inv(design.T @ design)
    mean = covariance @ design.T @ (PLANET.spectrum[0].numpy() / NOISE)
    assert trace.weights @ trace.values == pytest.approx(mean, abs=0.015)
    scatter = np.sqrt(trace.weights @ (trace.values - mean) ** 2)
    assert scatter == pytest.approx(np.sqrt(np.diag(covariance)), rel=0.1)
    best = SpectrumLikelihood(exact, PLANET, SCHEMA)(mean[None])[0]
    prior = np.log(4)  # the volume of the box, which cuts nothing off
    evidence = best + np.log(2 * np.pi * np.sqrt(np.linalg.det(covariance))) - prior
    assert trace.log_evidence == pytest.approx(evidence, abs=0.15)
    assert trace.effective_size > 250
