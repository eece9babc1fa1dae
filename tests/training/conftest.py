"""A small estimator that trains networks, and what it is trained on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from pydantic import Field
from torch import nn

from harness.challenges.toy import Toy
from harness.components import Challenge
from harness.components.run import Run
from harness.embedders.resmlp import ResMLP
from harness.preprocessors.standardize import Standardize
from harness.training import ConditionalDensity, Ensemble, Recipe, TrainedEstimator, TrainingOptions


class Normal(ConditionalDensity):
    """Independent normal parameters, whose means a hidden layer gives."""

    def __init__(self, n_parameters: int, n_context: int, width: int = 8) -> None:
        super().__init__(n_parameters, n_context)
        self.mean = nn.Sequential(nn.Linear(n_context, width), nn.SiLU(), nn.Linear(width, n_parameters))
        self.log_spread = nn.Parameter(torch.zeros(n_parameters))

    def log_prob_of_rows(self, theta, context):
        normal = torch.distributions.Normal(self.mean(context), self.log_spread.exp())
        return normal.log_prob(theta).sum(-1)

    def transport(self, noise, context):
        return self.mean(context) + self.log_spread.exp() * noise


class Small(TrainedEstimator):
    """An ensemble of such densities, or of others that a test has."""

    class Options(TrainingOptions):
        width: int = Field(8, description="units of the hidden layer")

    options: Options
    made_of: type[ConditionalDensity] = Normal

    def recipe(self) -> Recipe:
        return Recipe(self.options.sources(), Ensemble.of(self.options, self.density))

    def density(self, n_context: int) -> ConditionalDensity:
        return self.made_of(len(self.schema.parameters), n_context, self.options.width)


Unfitted = Callable[..., Small]
Fitted = Callable[..., Small]


@pytest.fixture(scope="session")
def challenge() -> Challenge:
    """A hundred and twenty planets to learn from, half of them with a trace."""
    return Toy.create({"train": 120, "valid": 30, "test": 3, "rows": 200, "traced": 0.5}, name="toy")


@pytest.fixture
def unfitted(challenge: Challenge) -> Unfitted:
    """Makes the estimator, with a density of another kind and other options if they are given."""

    def make(made_of: type[ConditionalDensity] = Normal, **options) -> Small:
        small = {"supervision": "mix", "epochs": 3, "steps": 4, "batch": 32}
        estimator = Small.create(
            {**small, **options},
            name="small",
            schema=challenge.schema,
            preprocessor=Standardize.create(),
            embedder=ResMLP.create({"width": 8, "context": 4, "depth": 1}),
        )
        estimator.made_of = made_of
        return estimator

    return make


@pytest.fixture
def fitted(challenge: Challenge, unfitted: Unfitted) -> Fitted:
    """Makes it and fits it."""

    def fit(run: Run | None = None, made_of: type[ConditionalDensity] = Normal, **options) -> Small:
        estimator = unfitted(made_of, **options)
        estimator.fit(challenge.train, challenge.valid, run or Run())
        return estimator

    return fit
