"""The game: resumed, short of time, and with numbers that are none."""

import json
import math

import pytest
import torch
from harness_gan.adversarial import Game, GameSettings, Tally
from harness_gan.aspa import Aspa, Contents
from harness_gan.collapse import Collapse
from harness_gan.estimator import ExoGAN
from harness_gan.networks import Discriminator, Generator

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError, PluginWarning
from harness.preprocessors.standardize import Standardize

CHALLENGE = Toy.create({"train": 120, "valid": 30, "test": 3, "rows": 200}, name="toy")
SMALL = {**ExoGAN.contract_options, "supervision": "parameters", "epochs": 3, "steps": 4}

pytestmark = pytest.mark.filterwarnings("ignore:.*the generator has collapsed in part")


def fitted(run: Run, **options) -> ExoGAN:
    estimator = ExoGAN.create(
        {**SMALL, **options},
        name="exogan",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, run)
    return estimator


def interrupt_after(epochs: int):
    def report(run, metrics):
        if metrics["epoch"] == epochs:
            raise KeyboardInterrupt

    return report


@pytest.mark.parametrize("stabiliser", ["spectral-norm", "gradient-penalty"])
def test_a_resumed_game_ends_as_an_unbroken_one(tmp_path, stabiliser):
    for name in ("broken", "whole"):
        (tmp_path / name).mkdir()
    with pytest.raises(KeyboardInterrupt):
        fitted(Run(checkpoint=tmp_path / "broken", report=interrupt_after(2)), stabiliser=stabiliser)
    assert (tmp_path / "broken" / "game.safetensors").exists()
    resumed = fitted(Run(checkpoint=tmp_path / "broken"), stabiliser=stabiliser).state()
    unbroken = fitted(Run(checkpoint=tmp_path / "whole"), stabiliser=stabiliser).state()
    assert resumed.keys() == unbroken.keys()
    assert all(torch.equal(resumed[name], unbroken[name]) for name in unbroken)


def test_both_losses_of_every_epoch_are_reported_and_kept(tmp_path):
    seen = []
    estimator = fitted(Run(report=lambda run, metrics: seen.append(metrics)))
    assert len(seen) == len(estimator.history) == 3
    assert all(math.isfinite(one["discriminator_loss"] + one["generator_loss"]) for one in seen)
    estimator.artifacts(tmp_path)
    assert (tmp_path / "training.csv").read_text().startswith("epoch,discriminator_loss,generator_loss")
    assert set(json.loads((tmp_path / "mode_collapse.json").read_text())) >= {"coverage", "precision", "ks"}
    assert (tmp_path / "aspa.png").stat().st_size > 1000


def test_a_checkpoint_of_other_networks_is_refused(tmp_path):
    fitted(Run(checkpoint=tmp_path))
    with pytest.raises(HarnessError, match=r"is no checkpoint of the same work.*without --resume"):
        fitted(Run(checkpoint=tmp_path), filters=8)


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    fitted(Run(checkpoint=first))
    first.rename(second)
    with pytest.raises(HarnessError, match=r"is no checkpoint of the same work.*without --resume"):
        fitted(Run(checkpoint=second))


def test_a_damaged_checkpoint_is_named_with_what_to_do(tmp_path):
    fitted(Run(checkpoint=tmp_path))
    path = tmp_path / "game.safetensors"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(HarnessError) as caught:
        fitted(Run(checkpoint=tmp_path))
    assert str(caught.value) == (
        f"The checkpoint {path} is damaged or is no safetensors file; run without --resume."
    )


@pytest.mark.parametrize("option", ["penalty", "perceptual", "anchor"])
@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_a_weight_that_is_no_finite_number_is_refused(option, value):
    with pytest.raises(HarnessError, match=option):
        ExoGAN.parse_options({option: value}, "exogan")


def test_a_library_that_would_fill_the_memory_is_refused():
    with pytest.raises(HarnessError, match="library"):
        ExoGAN.parse_options({"library": 10_000_000}, "exogan")


def test_a_spent_time_budget_ends_the_game_early():
    with pytest.warns(PluginWarning, match=r"the time budget allowed 1 steps instead of 12"):
        fitted(Run(time_budget=0.0))


def test_a_preprocessor_without_a_spectrum_is_refused():
    from harness.preprocessors.none import NoPreprocessor

    class Facts(NoPreprocessor):
        def layout(self, schema):
            return super(NoPreprocessor, self).layout(schema)

    estimator = ExoGAN.create(
        SMALL,
        name="exogan",
        schema=CHALLENGE.schema,
        preprocessor=Facts.create(),
        embedder=NoEmbedder.create(),
    )
    with pytest.raises(HarnessError, match=r"--preprocessor scale-heights"):
        estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())


def game(**changed) -> Game:
    layout = Aspa([1.0, 2.0, 3.0], 0, 1)
    torch.manual_seed(0)
    settings = {"epochs": 1, "steps": 1, "batch": 4, "learning_rate": 1e-3, "averaging": 0.9, "penalty": 0.1}
    return Game(
        Generator(layout, 2, 4), Discriminator(layout, 4, True), GameSettings(**{**settings, **changed})
    )


def test_a_step_with_a_number_that_is_none_is_not_taken():
    played, tally = game(), Tally()
    before = [p.clone() for p in played.discriminator.parameters()]
    images = torch.full((4, 1, 4, 8), torch.nan)
    played.step(images, 0, 1e-3, torch.Generator().manual_seed(0), tally)
    assert (tally.skipped, tally.taken) == (1, 0)
    after = list(played.discriminator.parameters())
    assert all(torch.equal(p, q) for p, q in zip(before, after, strict=True))
    assert all(p.requires_grad for p in after)


def test_losses_that_are_never_finite_end_in_one_sentence(monkeypatch):
    monkeypatch.setattr("harness_gan.adversarial.softplus", lambda logit: logit * torch.nan)
    with (
        pytest.warns(PluginWarning, match="its losses are not finite"),
        pytest.raises(HarnessError, match=r"lower the learning rate, for example"),
    ):
        fitted(Run())


def sample(rows, seed, spread=1.0):
    drawn = spread * torch.randn(rows, 4, generator=torch.Generator().manual_seed(seed))
    return Contents(drawn[:, :2], drawn[:, :0], drawn[:, 2:])


def test_a_sample_of_the_training_set_itself_has_not_collapsed():
    found = Collapse.measure(sample(1500, 0), sample(1500, 1), ("a", "b"))
    assert found.coverage == pytest.approx(1 - 2**-5, abs=0.03)
    assert found.finding() is None


def test_few_training_images_are_compared_with_as_many_drawn_ones():
    found = Collapse.measure(sample(400, 0), sample(2048, 1), ("a", "b"))
    assert found.rows == 400
    assert found.coverage == pytest.approx(1 - 2**-5, abs=0.03)  # 2048 would cover all


def test_one_mode_is_seen_and_said():
    found = Collapse.measure(sample(1500, 0), sample(1500, 1, spread=0.05), ("a", "b"))
    assert found.coverage < 0.1
    assert found.precision > 0.9
    assert all(value > 0.4 for value in found.ks.values())
    assert "it covers" in found.finding()
    assert "of the spread" in found.finding()
