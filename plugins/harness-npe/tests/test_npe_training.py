"""Training a network: resumed, short of memory or time, and with numbers that are none."""

from collections.abc import Iterator

import pytest
import torch
from harness_npe import flows
from harness_npe.estimators.distances import NPEMMD
from harness_npe.estimators.npe import NPE

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.embedders.resmlp import ResMLP
from harness.errors import HarnessError, PluginWarning
from harness.preprocessors.standardize import Standardize
from harness.training import ConditionalDensity, network
from harness.training.network import PosteriorNetwork

CHALLENGE = Toy.create({"train": 120, "valid": 30, "test": 3, "rows": 200, "traced": 0.5}, name="toy")
SMALL = {
    "supervision": "mix",
    "epochs": 3,
    "steps": 4,
    "batch": 32,
    "transforms": 1,
    "hidden": (8,),
}


def unfitted(kind: type[NPE] = NPE, **options) -> NPE:
    return kind.create(
        {**SMALL, **options},
        name=kind.__name__,
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=ResMLP.create({"width": 8, "context": 4, "depth": 1}),
    )


def fitted(run: Run, kind: type[NPE] = NPE, **options) -> NPE:
    estimator = unfitted(kind, **options)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, run)
    return estimator


def interrupt_after(epochs: int):
    def report(run, metrics):
        if metrics["epoch"] == epochs:
            raise KeyboardInterrupt

    return report


@pytest.mark.parametrize("kind", [NPE, NPEMMD])
@pytest.mark.parametrize("schedule", ["cosine", "plateau"])
def test_a_resumed_training_ends_as_an_unbroken_one(tmp_path, kind, schedule):
    more = {"distance_planets": 3, "distance_samples": 8} if kind is NPEMMD else {}
    options = {"members": 2, "schedule": schedule, **more}
    (tmp_path / "broken").mkdir()
    (tmp_path / "whole").mkdir()
    with pytest.raises(KeyboardInterrupt):
        fitted(Run(checkpoint=tmp_path / "broken", report=interrupt_after(2)), kind, **options)
    resumed = fitted(Run(checkpoint=tmp_path / "broken"), kind, **options).state()
    unbroken = fitted(Run(checkpoint=tmp_path / "whole"), kind, **options).state()
    assert resumed.keys() == unbroken.keys()
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    fitted(Run(checkpoint=tmp_path))
    with pytest.raises(HarnessError, match=r"is not a checkpoint of this training.*without --resume"):
        fitted(Run(checkpoint=tmp_path), hidden=(16,))


def test_a_checkpoint_that_is_no_safetensors_file_is_refused(tmp_path):
    (tmp_path / "member-1.safetensors").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(HarnessError, match=r"member-1\.safetensors is damaged .* run without --resume"):
        fitted(Run(checkpoint=tmp_path))


def test_a_time_budget_ends_the_training_early():
    with pytest.warns(PluginWarning, match="the time budget allowed 1 steps of member 1 instead of"):
        estimator = fitted(Run(time_budget=1e-3), epochs=500)
    assert len(estimator.history) == 1


def test_training_stops_when_nothing_gets_better():
    estimator = fitted(
        Run(), epochs=50, patience=2, learning_rate=1.0, clip=1e6, averaging=0, weight_decay=0.5
    )
    assert len(estimator.history) < 50


def test_every_epoch_reports_its_loss_and_learning_rate():
    seen = []
    fitted(Run(report=lambda run, metrics: seen.append(metrics)))
    assert [metrics["epoch"] for metrics in seen] == [1, 2, 3]
    assert set(seen[0]) == {"epoch", "loss", "validation", "learning_rate"}


class Faulty(ConditionalDensity):
    """A normal density whose losses and samples are not finite where `bad` says so."""

    bad_losses: Iterator[bool] | None = None
    bad_samples: float = 0.0
    rows_that_fit: int = 10**9

    def __init__(self, n_parameters: int, n_context: int) -> None:
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
        samples = noise + self.mean(context)
        lost = torch.rand(samples.shape[:2]) < self.bad_samples
        return torch.where(lost[..., None], torch.nan, samples)


def faulty(monkeypatch, **faults) -> None:
    """Let every flow be a `Faulty` one with these faults."""
    made = type("Faulty", (Faulty,), faults)
    monkeypatch.setitem(flows.DENSITIES, "nsf", lambda n, c, **options: made(n, c))


def test_losses_that_are_not_finite_are_left_out_counted_and_told(monkeypatch):
    faulty(monkeypatch, bad_losses=iter([0.0, 0.0, 1.0, *[0.0] * 9]))
    with pytest.warns(PluginWarning, match="32 losses of member 1 were not finite.* 1 of its 12 steps"):
        estimator = fitted(Run())
    assert all(torch.isfinite(tensor).all() for tensor in estimator.state().values())


def test_a_density_that_collapses_at_once_is_one_sentence(monkeypatch):
    nowhere = lambda self, theta, context: (theta - self.mean(context)).sum(-1) * torch.nan  # noqa: E731
    faulty(monkeypatch, log_prob_of_rows=nowhere)
    with pytest.raises(HarnessError, match=r"collapsed: .* lower the learning rate"):
        fitted(Run())


def test_samples_that_are_not_finite_are_drawn_again_inside_the_prior(monkeypatch):
    faulty(monkeypatch, bad_samples=0.2)
    estimator = fitted(Run())
    with pytest.warns(PluginWarning, match=r"of 3000 samples were not finite and were drawn again\."):
        samples = estimator.sample(CHALLENGE.test.observations, 1000, Run()).samples
    lower, upper = torch.tensor(CHALLENGE.schema.bounds).T
    assert ((samples >= lower) & (samples <= upper)).all()


def test_samples_that_are_never_finite_come_from_the_prior(monkeypatch):
    faulty(
        monkeypatch,  # the middle one of three planets, and that one again when it is drawn again
        transport=lambda self, noise, context: torch.where(
            torch.arange(len(noise))[:, None, None] == len(noise) // 2, torch.nan, noise
        ),
    )
    estimator = fitted(Run())
    with pytest.warns(PluginWarning, match="1000 of 3000 samples .* 1000 of them from the prior"):
        samples = estimator.sample(CHALLENGE.test.observations, 1000, Run()).samples
    lower, upper = torch.tensor(CHALLENGE.schema.bounds).T
    position = (samples[1] - lower) / (upper - lower)
    assert torch.allclose(position.mean(0), torch.tensor(0.5), atol=0.05)


def test_the_prior_is_never_given_out_as_the_posterior_of_a_collapsed_density(monkeypatch):
    faulty(monkeypatch, bad_samples=1.0)
    estimator = fitted(Run())
    with pytest.raises(HarnessError, match=r"has collapsed: 3000 of 3000 samples .* lower learning rate"):
        estimator.sample(CHALLENGE.test.observations, 1000, Run())


@pytest.mark.parametrize("taken", [1, 11])
def test_an_epoch_that_took_few_of_its_steps_has_learned_nothing(monkeypatch, taken):
    faulty(monkeypatch, bad_losses=iter([0.0] * taken + [1.0] * 11))
    if taken == 1:
        with pytest.raises(HarnessError, match=r"collapsed: .* 3 of its 4 steps were not taken"):
            fitted(Run())
    else:
        with pytest.warns(PluginWarning, match="1 of its 12 steps were not taken"):
            assert len(fitted(Run()).history) == 3


def test_a_batch_that_does_not_fit_is_computed_in_parts_with_the_same_result(monkeypatch):
    faulty(monkeypatch)
    whole = fitted(Run(), supervision="parameters").state()
    faulty(monkeypatch, rows_that_fit=8)
    with pytest.warns(PluginWarning) as told:
        parts = fitted(Run(), supervision="parameters").state()
    assert [str(warning.message)[-8:] for warning in told] == ["2 parts.", "4 parts."]
    assert all(torch.allclose(parts[name], whole[name], atol=1e-5) for name in whole if name != "history")


def test_a_planet_that_does_not_fit_is_one_sentence(monkeypatch):
    faulty(monkeypatch, rows_that_fit=0)
    with pytest.warns(PluginWarning), pytest.raises(HarnessError, match="too little memory for a batch"):
        fitted(Run(), supervision="parameters")


def test_without_a_compiler_one_sentence_says_what_to_do(monkeypatch):
    def no_compiler(network, batch):
        raise RuntimeError("Failed to find a working C++ Compiler")

    monkeypatch.setattr(network, "_compiled", lambda: no_compiler)
    with pytest.raises(HarnessError, match=r"takes a C\+\+ compiler.*leave out --set estimator.compile=true"):
        fitted(Run(), compile=True)


def test_a_compiled_training_is_the_same_training(monkeypatch):
    """The compiler itself takes a minute: here tracing alone."""
    monkeypatch.setattr(
        network, "_compiled", lambda: torch.compile(PosteriorNetwork._losses, backend="eager")
    )
    compiled = fitted(Run(), compile=True).history
    torch.testing.assert_close(compiled, fitted(Run()).history, rtol=1e-4, atol=1e-4)


def short_of_memory(estimator: NPE, fit: int, monkeypatch) -> None:
    """Let the samples of no more than `fit` planets at a time fit into the memory."""
    draw = estimator.sampler.draw

    def limited(trained, observations, n, generator):
        if len(observations) > fit:
            raise torch.OutOfMemoryError("out of memory")
        return draw(trained, observations, n, generator)

    monkeypatch.setattr(estimator.sampler, "draw", limited)


def test_planets_that_do_not_fit_are_sampled_fewer_at_a_time(monkeypatch):
    estimator = fitted(Run())
    short_of_memory(estimator, 1, monkeypatch)
    with pytest.warns(PluginWarning, match="1 planet is now sampled at a time"):
        posterior = estimator.sample(CHALLENGE.test.observations, 1000, Run())
    assert posterior.samples.shape == (3, 1000, 7)


def test_samples_of_a_planet_that_do_not_fit_are_one_sentence(monkeypatch):
    estimator = fitted(Run())
    short_of_memory(estimator, 0, monkeypatch)
    with pytest.raises(HarnessError, match="too little memory for the 1,000 samples of a single planet"):
        estimator.sample(CHALLENGE.test.observations[:1], 1000, Run())


def test_the_checkpoint_of_another_run_is_refused_though_every_shape_is_the_same(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "others").mkdir()
    fitted(Run(checkpoint=tmp_path / "others"))
    for path in (tmp_path / "others").glob("*.safetensors"):
        (tmp_path / "mine" / path.name).write_bytes(path.read_bytes())
    with pytest.raises(HarnessError, match=r"is not a checkpoint of this training.*run without --resume"):
        fitted(Run(checkpoint=tmp_path / "mine"))
