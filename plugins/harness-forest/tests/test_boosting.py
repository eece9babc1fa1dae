"""Boosted quantiles, from the trees to the posterior."""

import math

import numpy as np
import pytest
import torch
from harness_forest.boosted_quantiles import BoostedQuantiles
from harness_forest.boosting import Boosting
from harness_forest.quantile_function import QuantileFunction, equal_scores
from sklearn.ensemble import HistGradientBoostingRegressor

from harness.challenges import Observations, Split
from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.contract import contract
from harness.data.schema import Parameter, Schema
from harness.data.truth import Truth
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError, PluginWarning
from harness.preprocessors.standardize import Standardize

CHALLENGE = Toy.create({"train": 200, "valid": 40, "test": 3, "rows": 200, "traced": 0.0}, name="toy")
SMALL = {"supervision": "parameters", "quantiles": 3, "iterations": 3, "leaves": 4}
SIGMA = 0.05
LEVELS = Schema(
    parameters=tuple(Parameter(name=name, unit="", lower=0.0, upper=1.0) for name in ("one", "other")),
    wavelength=(1.0, 2.0, 3.0),
    width=(0.1, 0.1, 0.1),
)


def fitted(run: Run | None = None, **options) -> Boosting:
    estimator = Boosting.create(
        {**SMALL, **options},
        name="boosting",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, run or Run())
    return estimator


def planets(n: int, seed: int) -> Split:
    """Two levels; the spectrum tells their sum, in two channels with noise SIGMA, and one never varies."""
    levels = torch.rand(n, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    total = levels.sum(1)
    spectrum = torch.stack([total, total, torch.ones_like(total)], dim=1)
    observations = Observations(
        np.array([f"planet{i}" for i in range(n)], dtype=np.str_),
        spectrum,
        torch.full_like(spectrum, SIGMA),
        torch.empty(n, 0, dtype=torch.float64),
    )
    return Split(observations, Truth(levels))


def state_of(estimator: Boosting) -> dict[str, torch.Tensor]:
    return {name: tensor for name, tensor in estimator.state().items() if name != "history"}


def same(one: Boosting, other: Boosting) -> bool:
    return all(torch.equal(tensor, other.state()[name]) for name, tensor in state_of(one).items())


@pytest.mark.parametrize("check", contract("estimator", "boosting"), ids=str)
def test_contract(check):
    check()


@pytest.fixture(scope="module")
def of_levels() -> Boosting:
    estimator = Boosting.create(
        {"supervision": "parameters", "iterations": 40, "leaves": 8},
        name="boosting",
        schema=LEVELS,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(planets(3000, 0), planets(1000, 1), Run())
    return estimator


def test_samples_of_two_parameters_are_tied_as_the_posterior_ties_them(of_levels):
    seen = planets(400, 2)
    samples = of_levels.sample(seen.observations, 500, Run()).samples
    total = samples.sum(-1)
    error = total.mean(1) - seen.parameters.sum(1)
    assert error.std() < 2 * SIGMA
    independent = total.gather(1, torch.argsort(torch.rand(total.shape), 1)) * 0
    independent += samples[..., 0] + samples[:, torch.randperm(500), 1]
    assert total.std(1).mean() < 0.7 * independent.std(1).mean()  # far apart, their sum is known


def test_intervals_hold_what_they_promise(of_levels):
    seen = planets(400, 2)
    noisy = seen.observations.noisy(torch.Generator().manual_seed(3))
    samples = of_levels.sample(noisy, 500, Run()).samples.double()
    rank = (samples < seen.parameters[:, None]).double().mean(1)
    inside = ((rank > 0.16) & (rank < 0.84)).double().mean()
    assert 0.6 < inside < 0.76


def test_the_density_is_that_of_the_samples(of_levels):
    """A Monte Carlo estimate of the integral of the density over the whole prior box is 1."""
    seen = planets(2, 4).observations
    box = torch.rand(2, 20_000, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    density = of_levels.log_prob(seen, box, Run()).exp().double()
    assert torch.allclose(density.mean(1), torch.ones(2, dtype=torch.float64), atol=0.1)


def test_trees_answer_as_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    features = generator.normal(size=(400, 3)).astype(np.float32)
    values = features[:, 0] + generator.normal(size=400)
    density = BoostedQuantiles(1, 3, levels=3, iterations=6, leaves=7)
    models = []
    for level, share in enumerate((0.1, 0.5, 0.9)):
        model = HistGradientBoostingRegressor(
            loss="quantile", quantile=share, max_iter=4 + level, max_leaf_nodes=7, early_stopping=False
        )
        models.append(model.fit(features.astype(np.float64), values))
        density.take(0, level, models[-1])
    found = density.predicted(torch.from_numpy(features))[:, 0]
    expected = np.stack([model.predict(features.astype(np.float64)) for model in models], axis=1)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)


def test_a_quantile_function_is_inverted_by_its_scores():
    scores = equal_scores(5, 2.0)
    quantiles = QuantileFunction(scores, torch.tensor([[-3.0, -0.2, 0.4, 0.1, 5.0]]))  # two of them cross
    asked = torch.linspace(-4, 4, 33)[None]
    values = quantiles(asked)
    assert (values.diff() > 0).all()
    found, slope = quantiles.scores(values)
    assert torch.allclose(found, asked, atol=1e-3)
    middle = (values[:, 1:] + values[:, :-1]) / 2
    _, slope = quantiles.scores(middle)
    assert torch.allclose(slope.exp(), asked.diff() / values.diff(), rtol=1e-2)


def test_without_a_copula_parameters_are_independent():
    assert torch.equal(fitted(copula=False).trained.members[0].density.correlation, torch.eye(7))
    assert not torch.equal(fitted().trained.members[0].density.correlation, torch.eye(7))


class Interrupted(Exception):
    """Stands for Ctrl-C."""


def test_an_interrupted_fit_goes_on_to_the_same_trees(tmp_path):
    def stop(run: Run, metrics) -> None:
        if metrics["epoch"] == 3:
            raise Interrupted

    with pytest.raises(Interrupted):
        fitted(Run(checkpoint=tmp_path, report=stop))
    assert len(list(tmp_path.glob("quantiles-*.safetensors"))) == 3
    assert same(fitted(Run(checkpoint=tmp_path)), fitted())
    with pytest.raises(HarnessError, match="other trees than these options grow"):
        fitted(Run(checkpoint=tmp_path), leaves=8)


def test_without_any_time_the_quantiles_are_those_of_all_and_it_is_said():
    with pytest.warns(PluginWarning, match="no tree for 7 of 7 parameters"):
        estimator = fitted(Run(time_budget=1e-9))
    samples = estimator.sample(CHALLENGE.test.observations[:2], 2000, Run()).samples
    for parameter, learned in enumerate(CHALLENGE.train.parameters.T):
        assert samples[0, :, parameter].median() == pytest.approx(
            float(learned.median()), abs=0.1 * float(learned.std())
        )


def test_a_short_time_budget_gives_fewer_trees_and_says_so():
    with pytest.warns(PluginWarning, match="the time budget allowed (no tree|[0-9]+ trees)"):
        estimator = fitted(Run(time_budget=2.0), iterations=1000)
    assert torch.isfinite(estimator.sample(CHALLENGE.test.observations, 100, Run()).samples).all()


def test_the_losses_of_each_parameter_are_reported():
    seen = []
    fitted(Run(report=lambda run, metrics: seen.append(metrics)))
    assert [metrics["epoch"] for metrics in seen] == list(range(1, 8))
    assert all(math.isfinite(metrics["validation"]) for metrics in seen)


def test_a_single_training_planet_is_too_few():
    estimator = fitted()
    with pytest.raises(HarnessError, match="needs at least 2 planets to learn from"):
        estimator.fit(CHALLENGE.train[:1], CHALLENGE.valid, Run(name="boosting"))
