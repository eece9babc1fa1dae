"""Training a network: resumed, short of memory or time, and with numbers that are none."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from harness.components.run import Run
from harness.errors import HarnessError, PluginWarning
from harness.training import ConditionalDensity, Loss, Objective
from harness.training.checkpoint import Progress
from harness.training.network import PosteriorNetwork
from harness.training.trainer import Trainer, TrainingSettings


def interrupt_after(epochs: int):
    def report(run, metrics):
        if metrics["epoch"] == epochs:
            raise KeyboardInterrupt

    return report


@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_a_resumed_training_ends_as_an_unbroken_one(tmp_path, fitted, schedule):
    options = {"members": 2, "schedule": schedule}
    for name in ("broken", "whole"):
        (tmp_path / name).mkdir()
    with pytest.raises(KeyboardInterrupt):
        fitted(Run(checkpoint=tmp_path / "broken", report=interrupt_after(2)), **options)
    resumed = fitted(Run(checkpoint=tmp_path / "broken"), **options).state()
    unbroken = fitted(Run(checkpoint=tmp_path / "whole"), **options).state()
    assert resumed.keys() == unbroken.keys()
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)


def test_a_checkpoint_of_another_network_is_refused(tmp_path, fitted):
    fitted(Run(checkpoint=tmp_path))
    with pytest.raises(HarnessError, match=r"is no checkpoint of the same work.*without --resume"):
        fitted(Run(checkpoint=tmp_path), width=16)


def test_a_checkpoint_that_is_no_safetensors_file_is_refused(tmp_path, fitted):
    (tmp_path / "member-1.safetensors").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(HarnessError, match=r"member-1\.safetensors is damaged .* run without --resume"):
        fitted(Run(checkpoint=tmp_path))


def test_the_checkpoint_of_another_run_is_refused_though_every_shape_is_the_same(tmp_path, fitted):
    for name in ("mine", "others"):
        (tmp_path / name).mkdir()
    fitted(Run(checkpoint=tmp_path / "others"))
    for path in (tmp_path / "others").glob("*.safetensors"):
        (tmp_path / "mine" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(HarnessError, match=r"is no checkpoint of the same work.*run without --resume"):
        fitted(Run(checkpoint=tmp_path / "mine"))


def test_a_time_budget_ends_the_training_early(fitted):
    with pytest.warns(PluginWarning, match="the time budget allowed 1 steps of member 1 instead of"):
        estimator = fitted(Run(time_budget=1e-3), epochs=500)
    assert len(estimator.history) == 1


def test_every_epoch_reports_its_loss_and_learning_rate(fitted):
    seen = []
    fitted(Run(report=lambda run, metrics: seen.append(metrics)))
    assert [metrics["epoch"] for metrics in seen] == [1, 2, 3]
    assert set(seen[0]) == {"epoch", "loss", "validation", "learning_rate"}


class Faulty(ConditionalDensity):
    """A normal density whose losses are not finite, or too many for the memory, as its faults say."""

    bad_losses = None  # an iterator of how many of each batch
    rows_that_fit = 10**9

    def __init__(self, n_parameters, n_context, width):
        super().__init__(n_parameters, n_context)
        self.mean = torch.nn.Linear(n_context, n_parameters)

    def log_prob_of_rows(self, theta, context):
        if theta.shape[0] * theta.shape[1] > self.rows_that_fit and torch.is_grad_enabled():
            raise torch.OutOfMemoryError("out of memory")
        log = -0.5 * (theta - self.mean(context)).square().sum(-1)
        if torch.is_grad_enabled() and self.bad_losses is not None:
            log = torch.where(torch.rand(log.shape) < next(self.bad_losses), torch.nan, log)
        return log

    def transport(self, noise, context):
        return noise + self.mean(context)


def faulty(**faults) -> type[ConditionalDensity]:
    return type("Faulty", (Faulty,), faults)


def test_losses_that_are_not_finite_are_left_out_counted_and_told(fitted):
    density = faulty(bad_losses=iter([0.0, 0.0, 1.0, *[0.0] * 9]))
    with pytest.warns(PluginWarning, match="32 losses of member 1 were not finite.* 1 of its 12 steps"):
        estimator = fitted(made_of=density)
    assert all(torch.isfinite(tensor).all() for tensor in estimator.state().values())


def test_a_density_that_collapses_at_once_is_one_sentence(fitted):
    def nowhere(self, theta, context):
        return (theta - self.mean(context)).sum(-1) * torch.nan

    with pytest.raises(HarnessError, match=r"collapsed: .* lower the learning rate"):
        fitted(made_of=faulty(log_prob_of_rows=nowhere))


@pytest.mark.parametrize("taken", [1, 11])
def test_an_epoch_that_took_few_of_its_steps_has_learned_nothing(fitted, taken):
    density = faulty(bad_losses=iter([0.0] * taken + [1.0] * 11))
    if taken == 1:
        with pytest.raises(HarnessError, match=r"collapsed: .* 3 of its 4 steps were not taken"):
            fitted(made_of=density)
    else:
        with pytest.warns(PluginWarning, match="1 of its 12 steps were not taken"):
            assert len(fitted(made_of=density).history) == 3


def test_a_batch_that_does_not_fit_is_computed_in_parts_with_the_same_result(fitted):
    whole = fitted(made_of=faulty(), supervision="parameters", mixed_precision=False).state()
    with pytest.warns(PluginWarning) as told:
        parts = fitted(
            made_of=faulty(rows_that_fit=8), supervision="parameters", mixed_precision=False
        ).state()
    assert [str(warning.message)[-8:] for warning in told] == ["2 parts.", "4 parts."]
    assert all(torch.allclose(parts[name], whole[name], atol=1e-5) for name in whole if name != "history")


def test_a_planet_that_does_not_fit_is_one_sentence(fitted):
    with pytest.warns(PluginWarning), pytest.raises(HarnessError, match="too little memory for a batch"):
        fitted(made_of=faulty(rows_that_fit=0), supervision="parameters")


class Scripted(Objective[None]):
    """Moves the weights at every step; what it says of planets held out is written down beforehand."""

    def __init__(self, validations: list[float]) -> None:
        self.validations = validations
        self.weights: list[Tensor] = []  # after each epoch

    def epoch(self, steps, done, generator):
        return iter([None] * steps)

    def split(self, item, parts):
        return [item]

    def loss(self, network, item, done):
        return Loss.mean(network.density.mean.weight.square().sum(1))

    def validation(self, network):
        self.weights.append(network.density.mean.weight.clone())
        return self.validations[len(self.weights) - 1]


def trained(validations: list[float], **changed) -> tuple[Scripted, Tensor, Progress]:
    """What is trained by a script of validation losses: the script, the weights kept, and how it went."""
    settings = {
        "epochs": len(validations),
        "steps": 2,
        "batch": 8,
        "learning_rate": 0.1,
        "schedule": "constant",
    }
    limits = {"patience": 100, "clip": 1e6, "averaging": 0.0, "weight_decay": 0.0}
    objective, network = Scripted(validations), PosteriorNetwork(torch.nn.Identity(), faulty()(2, 3, 4))
    chosen = TrainingSettings(**{**settings, **limits, **changed})
    progress = Trainer("member 1", network, objective, chosen, Run()).train()
    return objective, network.density.mean.weight, progress


def test_the_weights_kept_are_those_of_the_best_epoch():
    objective, kept, progress = trained([3.0, 1.0, 2.0, 4.0])
    assert torch.equal(kept, objective.weights[1])
    assert (progress.epoch, progress.best_epoch, progress.best) == (4, 2, 1.0)


def test_the_weights_kept_are_those_of_the_last_epoch_where_that_is_asked_for():
    objective, kept, _ = trained([3.0, 1.0, 2.0, 4.0], keep_last=True)
    assert torch.equal(kept, objective.weights[3])


def test_it_stops_after_as_many_epochs_without_a_better_one_as_its_patience():
    _, _, progress = trained([3.0, 1.0, 2.0, 4.0, 0.5], patience=2)
    assert (progress.epoch, progress.best_epoch) == (4, 2)


def test_on_a_plateau_the_learning_rate_is_halved_and_given_time():
    _, _, progress = trained([1.0] + 12 * [2.0], schedule="plateau")
    rates = [row[3] / 0.1 for row in progress.history]
    assert rates == pytest.approx(6 * [1.0] + 5 * [0.5] + 2 * [0.25])
