from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from harness.challenges import Observations, Split, Traces, Truth
from harness.components import Challenge
from harness.data.posterior import Posterior
from harness.data.schema import Parameter, Schema
from harness.data.score import Score

N, M = 240, 61


class Two(Challenge):
    """Two parameters of different widths; scorers ask a challenge for its schema only."""

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        schema = Schema(
            parameters=(
                Parameter(name="temperature", unit="K", lower=0, upper=2000),
                Parameter(name="log_H2O", unit="dex", lower=-9, upper=-1),
            ),
            wavelength=(1.0,),
            width=(0.1,),
        )
        empty = torch.empty(0, 1)
        nothing = Observations(np.empty(0, dtype=np.str_), empty, empty, torch.empty(0, 0))
        return schema, {"test": Split(nothing, Truth(None))}


@dataclass
class Case:
    """A prediction, the truth, and the challenge that they belong to."""

    prediction: Posterior
    truth: Truth
    challenge: Challenge


@pytest.fixture
def challenge() -> Challenge:
    return Two.create(name="two")


@pytest.fixture
def case(challenge: Challenge) -> Case:
    """Over-confident weighted posteriors of 240 planets, of which every third has a trace."""
    generator = torch.Generator().manual_seed(2023)
    lower, upper = torch.tensor(challenge.schema.bounds, dtype=torch.float64).T

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    parameters = lower + (upper - lower) * torch.rand(N, 2, generator=generator, dtype=torch.float64)
    centre = parameters + 0.15 * (upper - lower) * draw(N, 2)
    samples = centre[:, None] + 0.05 * (upper - lower) * draw(N, M, 2)
    weights = torch.rand(N, M, generator=generator, dtype=torch.float64)
    traces: list[tuple[torch.Tensor, torch.Tensor] | None] = []
    for planet in range(N):
        rows = 40 + planet
        values = parameters[planet] + 0.1 * (upper - lower) * draw(rows, 2)
        mass = torch.rand(rows, generator=generator, dtype=torch.float64)
        traces.append(None if planet % 3 else (values, mass / mass.sum()))
    return Case(
        Posterior(samples, weights / weights.sum(dim=-1, keepdim=True)),
        Truth(parameters, Traces.from_list(traces, 2)),
        challenge,
    )


@pytest.fixture
def bootstrap_errors() -> Callable[..., list[float]]:
    """The spread of a score, and of some of its parts, over planets drawn anew with replacement."""

    def errors(score: Callable[[Posterior, Truth], Score], case: Case, *parts: str) -> list[float]:
        generator = np.random.default_rng(0)
        values = []
        for _ in range(400):
            rows = generator.integers(0, N, size=N)
            found = score(case.prediction[rows], case.truth[rows])
            values.append([found.value, *(found.parts[part].value for part in parts)])
        return [float(spread) for spread in np.std(values, axis=0)]

    return errors
