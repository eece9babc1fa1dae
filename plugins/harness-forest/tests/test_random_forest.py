"""The random-forest estimator, from fit to posterior."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from harness_forest.estimator import RandomForest
from safetensors import safe_open

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.contract import contract
from harness.embedders.none import NoEmbedder
from harness.embedders.pca import PCA
from harness.errors import HarnessError
from harness.preprocessors.none import NoPreprocessor
from harness.preprocessors.standardize import Standardize

CHALLENGE = Toy.create({"train": 400, "valid": 40, "test": 12, "rows": 200}, name="toy")
TEST = CHALLENGE.test.observations


def unfitted(preprocessor=NoPreprocessor, embedder=NoEmbedder, **options) -> RandomForest:
    return RandomForest.create(
        {"trees": 30, **options},
        name="random-forest",
        schema=CHALLENGE.schema,
        preprocessor=preprocessor.create(),
        embedder=embedder.create(),
    )


def fitted(run: Run | None = None, **options) -> RandomForest:
    estimator = unfitted(**options)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, run or Run())
    return estimator


def same(one: RandomForest, other: RandomForest) -> bool:
    """Whether two estimators have learned the same."""
    return all(torch.equal(tensor, other.state()[name]) for name, tensor in one.state().items())


@pytest.mark.parametrize("check", contract("estimator", "random-forest"), ids=str)
def test_contract(check):
    check()


def test_it_finds_what_the_spectrum_tells():
    posterior = fitted(trees=60).sample(TEST, 2000, Run())
    mean = (posterior.weights[..., None] * posterior.samples).sum(1)
    truth = CHALLENGE.test.truth.parameters
    error = ((mean - truth) ** 2).mean(0) / truth.var(0, correction=0)
    assert error[0] < 0.2  # the planet's radius shifts the whole spectrum
    assert error.mean() < 0.9


def test_every_sample_with_weight_is_a_training_planet():
    posterior = fitted().sample(TEST, 2000, Run())
    training = {tuple(row) for row in CHALLENGE.train.parameters.float().tolist()}
    assert {tuple(row) for row in posterior.samples.reshape(-1, 7).tolist()} <= training


def test_few_samples_have_the_mean_of_many():
    estimator = fitted(min_samples_leaf=20)
    many, few = estimator.sample(TEST, 2000, Run()), estimator.sample(TEST, 40, Run())
    assert ((many.weights > 0).sum(1) > 40).all()  # so that the few are really drawn
    assert torch.equal(few.weights, torch.full((12, 40), 1 / 40, dtype=torch.float64))
    whole, part = ((p.weights[..., None] * p.samples).sum(1) for p in (many, few))
    spread = many.samples.reshape(-1, 7).std(0)
    assert ((whole - part).abs() < spread).all()


def test_the_same_seed_grows_the_same_forest_however_many_jobs():
    assert same(fitted(jobs=1), fitted(jobs=3))
    assert not same(fitted(), fitted(Run(seed=1)))


class Interrupted(Exception):
    """Stands for Ctrl-C."""


@pytest.mark.parametrize("noise_draws", [0, 1])
def test_an_interrupted_fit_goes_on_to_the_same_forest(tmp_path, noise_draws):
    def stop(run: Run, metrics) -> None:
        if metrics["trees"] == 20:
            raise Interrupted

    with pytest.raises(Interrupted):
        fitted(Run(checkpoint=tmp_path, report=stop), noise_draws=noise_draws)
    grown = []
    resumed = fitted(
        Run(checkpoint=tmp_path, report=lambda run, metrics: grown.append(metrics["trees"])),
        noise_draws=noise_draws,
    )
    assert grown == [30]
    assert same(resumed, fitted(noise_draws=noise_draws))
    assert not list(tmp_path.glob(".*"))


def test_every_batch_is_reported_with_its_validation_score():
    reported = []
    fitted(Run(report=lambda run, metrics: reported.append(dict(metrics))))
    assert [metrics["trees"] for metrics in reported] == [10, 20, 30]
    assert all(0 < metrics["valid_r2"] < 1 for metrics in reported)


def test_a_spent_time_budget_gives_fewer_trees_and_says_so():
    with pytest.warns(UserWarning, match="allowed 10 trees instead of 30"):
        estimator = fitted(Run(time_budget=1e-9))
    assert estimator.forest.n_trees == 10
    assert torch.isfinite(estimator.sample(TEST, 100, Run()).samples).all()


def test_a_forest_trained_on_noise_trusts_a_faint_channel_less():
    seen = CHALLENGE.train.observations
    noise = seen.noise.clone()
    noise[:, 0] = 1.0  # one channel drowns
    train = replace(CHALLENGE.train, observations=replace(seen, noise=noise))
    importance = {}
    for draws in (0, 1):
        estimator = unfitted(noise_draws=draws)
        estimator.fit(train, CHALLENGE.valid, Run())
        importance[draws] = float(estimator.forest.gain[:, 0, 0].sum())
    assert importance[1] < 0.2 * importance[0]


def test_a_single_training_planet_is_too_few():
    with pytest.raises(
        HarnessError, match="needs at least 2 planets to learn from, and this challenge has 1"
    ):
        unfitted().fit(CHALLENGE.train[:1], CHALLENGE.valid, Run())


def test_it_works_on_principal_components():
    estimator = fitted(preprocessor=Standardize, embedder=PCA)
    posterior = estimator.sample(TEST, 500, Run())
    assert posterior.samples.shape == (12, 500, 7)
    assert (estimator.columns == -1).all()


def test_what_it_saves_holds_no_pickle_and_loads_the_same(tmp_path):
    estimator = fitted(preprocessor=Standardize)
    estimator.save(tmp_path)
    with safe_open(tmp_path / "estimator.safetensors", "pt") as file:
        assert {"feature", "threshold", "planets", "parameters"} <= set(file.keys())
    loaded = unfitted(preprocessor=Standardize)
    loaded.load(tmp_path, Run())
    assert same(estimator, loaded)
    before, after = (one.sample(TEST, 300, Run()) for one in (estimator, loaded))
    assert torch.equal(before.samples, after.samples)


def artifacts(estimator: RandomForest, folder: Path) -> pd.DataFrame:
    estimator.artifacts(folder)
    assert (folder / "feature_importance.png").read_bytes().startswith(b"\x89PNG")
    return pd.read_csv(folder / "feature_importance.csv")


def test_importance_is_written_for_every_wavelength(tmp_path):
    table = artifacts(fitted(preprocessor=Standardize), tmp_path)
    np.testing.assert_allclose(table["wavelength_um"][:52], CHALLENGE.schema.wavelength)
    assert table["feature"].iloc[0] == "0.55 µm"
    assert table["feature"].iloc[52] == "star_distance"
    assert np.isnan(table["wavelength_um"].iloc[52])
    assert list(table.columns[2:]) == ["all", *CHALLENGE.schema.parameter_names]
    np.testing.assert_allclose(table.iloc[:, 2:].sum(), 1)


def test_importance_of_mixed_features_is_numbered(tmp_path):
    table = artifacts(fitted(preprocessor=Standardize, embedder=PCA), tmp_path)
    assert list(table["feature"]) == [f"feature {i}" for i in range(16)]
    assert table["wavelength_um"].isna().all()
