"""One way through: what is fitted on what, what is saved, and what comes back."""

from __future__ import annotations

import csv
from collections.abc import Mapping

import pytest
import torch
from torch import Tensor

from harness.components.run import Run
from harness.errors import HarnessError
from harness.training import PooledSampler, Recipe


def test_a_saved_estimator_is_read_back_with_every_member(tmp_path, fitted, unfitted, challenge):
    estimator = fitted(members=2)
    estimator.save(tmp_path)
    loaded = unfitted(members=2)
    loaded.load(tmp_path, Run())
    assert loaded.state().keys() == estimator.state().keys()
    assert all(torch.equal(loaded.state()[name], tensor) for name, tensor in estimator.state().items())
    observations = challenge.test.observations
    first, again = (one.sample(observations, 100, Run()).samples for one in (estimator, loaded))
    torch.testing.assert_close(first, again)


def test_the_weights_of_an_estimator_with_fewer_members_are_refused(tmp_path, fitted, unfitted):
    fitted(members=1).save(tmp_path)
    with pytest.raises(HarnessError, match="does not hold what 'small' as it is installed has learned"):
        unfitted(members=2).load(tmp_path, Run())


def test_members_begin_with_other_weights_and_the_embedder_saved_is_the_trained_one(fitted):
    estimator = fitted(members=2)
    one, other = (member.embed.state_dict() for member in estimator.trained.members)
    assert not any(torch.equal(one[name], other[name]) for name in one if name.endswith("weight"))
    assert estimator.features.embed is estimator.trained.members[0].embed


def test_features_are_fitted_on_ideal_spectra_of_what_is_learned_from(fitted, challenge):
    ideal = challenge.train.observations
    features = fitted(supervision="parameters").features.preprocess(
        ideal.spectrum, ideal.noise, ideal.auxiliary
    )
    mean = features[:, : len(challenge.schema.wavelength)].mean(0)
    torch.testing.assert_close(mean, torch.zeros_like(mean), atol=1e-6, rtol=0)


def test_the_losses_of_every_epoch_and_member_are_kept_as_a_table(tmp_path, fitted):
    estimator = fitted(members=2)
    estimator.artifacts(tmp_path)
    rows = list(csv.DictReader((tmp_path / "training.csv").read_text().splitlines()))
    assert [row["member"] + row["epoch"] for row in rows] == ["11", "12", "13", "21", "22", "23"]
    assert list(rows[0]) == ["member", "epoch", "loss", "validation", "learning_rate"]


class Counting(PooledSampler):
    """Counts the planets held out, and writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def check(self, run: Run) -> None:
        self.asked.append("check")

    def fit(self, trained, data) -> None:
        assert not any(weight.requires_grad for weight in trained.networks["member-0"].parameters())
        self.asked.append("fit")
        self.planets = torch.tensor(data.sources.held_out.planets)

    def state(self) -> dict[str, Tensor]:
        return {"planets": self.planets}

    def restore(self, trained, state: Mapping[str, Tensor]) -> None:
        self.planets = state["planets"]


def test_a_sampler_is_asked_before_the_training_learns_after_it_and_comes_back(tmp_path, unfitted, challenge):
    estimators = []
    for _ in range(2):
        estimator = unfitted()
        recipe = estimator.recipe()
        counting = Recipe(recipe.sources, recipe.learner, Counting())
        estimator.recipe = lambda counting=counting: counting
        estimators.append(estimator)
    first, again = estimators
    first.fit(challenge.train, challenge.valid, Run())
    assert first.sampler.asked == ["check", "fit"]
    first.save(tmp_path)
    again.load(tmp_path, Run())
    assert torch.equal(again.sampler.planets, first.sampler.planets)
    assert again.sampler.asked == []
