"""How sbi's training ends, and what comes of it."""

import math

import numpy as np
import pytest
import torch
from harness_sbi.estimator import SbiNPE

from harness.challenges import Observations, Split
from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.data.schema import Parameter, Schema
from harness.data.truth import Truth
from harness.embedders.none import NoEmbedder
from harness.embedders.resmlp import ResMLP
from harness.errors import HarnessError, PluginWarning
from harness.preprocessors.standardize import Standardize

CHALLENGE = Toy.create({"train": 120, "valid": 30, "test": 3, "rows": 200, "traced": 0.5}, name="toy")
SMALL = {
    "supervision": "parameters",
    "hidden_features": 8,
    "hidden_layers": 1,
    "num_transforms": 1,
    "training_batch_size": 32,
    "max_num_epochs": 3,
}
SIGMA = 0.05
LEVEL = Schema(
    parameters=(Parameter(name="level", unit="", lower=0.0, upper=1.0),),
    wavelength=(1.0, 2.0, 3.0),
    width=(0.1, 0.1, 0.1),
)


def fitted(run: Run | None = None, **options) -> SbiNPE:
    estimator = SbiNPE.create(
        {**SMALL, **options},
        name="sbi-npe",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=ResMLP.create({"width": 8, "context": 4, "depth": 1}),
    )
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, run or Run())
    return estimator


def planets(level: torch.Tensor) -> Split:
    """Spectra of three channels: the level twice, each with noise SIGMA, and a channel that never varies."""
    spectrum = torch.stack([level, level, torch.ones_like(level)], dim=1).double()
    observations = Observations(
        np.array([f"planet{i}" for i in range(len(level))], dtype=np.str_),
        spectrum,
        torch.full_like(spectrum, SIGMA),
        torch.empty(len(level), 0, dtype=torch.float64),
    )
    return Split(observations, Truth(level[:, None].double()))


@pytest.fixture(scope="module")
def of_level() -> SbiNPE:
    """Fitted to levels between 0 and 1, all as likely."""
    levels = torch.rand(2000, generator=torch.Generator().manual_seed(0))
    estimator = SbiNPE.create(
        {**SMALL, "hidden_features": 32, "learning_rate": 2e-3, "max_num_epochs": 10},
        name="sbi-npe",
        schema=LEVEL,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(planets(levels), planets(levels[:200]), Run())
    return estimator


def test_the_posterior_is_that_of_the_noise_and_the_prior(of_level):
    seen = torch.tensor([0.3, 0.5, 0.7])
    samples = of_level.sample(planets(seen).observations, 4000, Run()).samples[..., 0]
    assert torch.allclose(samples.mean(1), seen, atol=0.02)
    low, high = torch.quantile(samples, torch.tensor([0.159, 0.841]), dim=1)
    assert torch.allclose((high - low) / 2, torch.tensor(SIGMA / math.sqrt(2)), rtol=0.3)


def test_the_density_is_normalised_in_the_parameters_units(of_level):
    grid = torch.linspace(1e-4, 1 - 1e-4, 4001, dtype=torch.float64)
    observations = planets(torch.tensor([0.2, 0.5])).observations
    density = of_level.log_prob(observations, grid.expand(2, -1)[..., None], Run()).exp().double()
    assert torch.allclose(torch.trapezoid(density, grid), torch.ones(2, dtype=torch.float64), atol=0.01)


@pytest.mark.parametrize("fraction", [None, 0.2])
def test_the_weights_kept_are_those_of_the_best_epoch(fraction):
    """A learning rate that jumps about makes some later epoch a worse one."""
    estimator = fitted(max_num_epochs=12, learning_rate=0.05, validation_fraction=fraction)
    history = estimator.history
    assert len(history) == 12
    assert torch.isfinite(history).all()
    again = fitted(max_num_epochs=int(history[:, 3].argmin()) + 1, learning_rate=0.05,
                   validation_fraction=fraction)  # fmt: skip
    assert int(history[:, 3].argmin()) + 1 < 12
    kept, best = estimator.state(), again.state()
    assert all(torch.equal(kept[name], best[name]) for name in best if name != "history")


def test_training_stops_when_nothing_gets_better():
    estimator = fitted(max_num_epochs=200, stop_after_epochs=2, learning_rate=0.1)
    assert len(estimator.history) < 200


def test_members_are_trained_apart_and_pooled():
    estimator = fitted(members=2)
    one, other = (member.state_dict() for member in estimator.trained.members)
    assert not all(torch.equal(one[name], other[name]) for name in one)
    assert estimator.history[:, 0].tolist() == [1, 1, 1, 2, 2, 2]
    assert estimator.sample(CHALLENGE.test.observations, 501, Run()).samples.shape == (3, 501, 7)


def test_the_embedder_is_trained_with_the_density():
    few, many = fitted(max_num_epochs=1), fitted(max_num_epochs=3, learning_rate=5e-3)
    one, other = (estimator.trained.members[0].embed.state_dict() for estimator in (few, many))
    assert not any(torch.equal(one[name], other[name]) for name in one if name.endswith("weight"))
    assert many.features.embed is many.trained.members[0].embed


def test_a_time_budget_ends_the_training_early():
    with pytest.warns(PluginWarning, match="the time budget allowed 1 epochs of member 1 instead of 500"):
        estimator = fitted(Run(time_budget=1e-3), max_num_epochs=500)
    assert len(estimator.history) == 1


def test_every_epoch_reports_its_losses_and_learning_rate():
    seen = []
    fitted(Run(report=lambda run, metrics: seen.append(metrics)))
    assert [metrics["epoch"] for metrics in seen] == [1, 2, 3]
    assert set(seen[0]) == {"epoch", "loss", "validation", "learning_rate"}


def test_a_training_that_collapses_is_one_sentence(monkeypatch):
    nowhere = lambda self, theta, features: torch.full((len(theta),), torch.nan)  # noqa: E731
    monkeypatch.setattr("sbi.neural_nets.estimators.zuko_flow.ZukoFlow.loss", nowhere)
    with pytest.raises(HarnessError, match=r"'sbi-npe' collapsed in epoch 1: .* lower the learning rate"):
        fitted(Run(name="sbi-npe"))


def test_sbi_neither_prints_nor_leaves_files_behind(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    fitted(stop_after_epochs=1, learning_rate=0.1)
    assert capfd.readouterr().out == ""
    assert list(tmp_path.iterdir()) == []
