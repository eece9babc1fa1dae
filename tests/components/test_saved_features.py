"""What a saved estimator says of its features is checked before anything is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness import Estimator, HarnessError, Observations, Posterior, Run, Split, load
from harness.embedders.none import NoEmbedder
from harness.preprocessors.standardize import Standardize


class Kept(Estimator):
    """Learns its features and nothing else."""

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        self.fit_features(train, run)

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        raise NotImplementedError


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Kept, Path]:
    toy = load("toy", {"train": 20, "valid": 4, "test": 4})
    estimator = Kept.create(
        schema=toy.schema, preprocessor=Standardize.create(), embedder=NoEmbedder.create()
    )
    estimator.fit(toy.train, toy.valid, Run())
    estimator.save(tmp_path)
    return estimator, tmp_path


def test_saved_features_are_read_again(saved: tuple[Kept, Path]) -> None:
    estimator, folder = saved
    assert estimator.features is not None
    n_features = estimator.features.n_features
    estimator.load(folder, Run())
    assert estimator.features.n_features == n_features


@pytest.mark.parametrize("n_features", [0, -3, 3_000_000, 10**30, "many", None, [[]]])
def test_an_impossible_number_of_features_is_refused(saved: tuple[Kept, Path], n_features: object) -> None:
    estimator, folder = saved
    (folder / "features.json").write_text(json.dumps({"n_features": n_features}))
    with pytest.raises(HarnessError, match=r"features\.json is damaged; fit the estimator again"):
        estimator.load(folder, Run())


def test_features_that_are_gone_are_named(saved: tuple[Kept, Path]) -> None:
    estimator, folder = saved
    (folder / "features.json").unlink()
    with pytest.raises(HarnessError, match=r"features\.json is missing; the saved estimator is not whole"):
        estimator.load(folder, Run())
