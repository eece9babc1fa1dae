"""The challenge's own baseline: that it is the network that was published, trained as it was."""

import pytest
import torch
from harness_bnn.baseline_cnn import BaselineCNN
from harness_bnn.estimators.mc_dropout import MCDropout
from harness_bnn.global_standardize import GlobalStandardize
from harness_bnn.weight_sampler import uncertainty_of
from torch import nn

from harness.challenges.ariel2023.grid import PARAMETERS, WAVELENGTH, WIDTH
from harness.challenges.toy import Toy
from harness.components.feature_module import Features
from harness.components.run import Run
from harness.data.schema import Column, Schema
from harness.errors import HarnessError
from harness.training import Sources

CHALLENGE = Toy.create({"train": 60, "valid": 20, "test": 4, "rows": 200}, name="toy")
WITH_STAR = Schema(
    parameters=PARAMETERS,
    wavelength=WAVELENGTH,
    width=WIDTH,
    auxiliary=(Column(name="star_distance", unit="pc"), Column(name="star_radius_m", unit="m")),
)


def baseline(schema: Schema, filters=(32, 64, 64), **options) -> MCDropout:
    return MCDropout.create(
        options,
        name="mc-dropout",
        schema=schema,
        preprocessor=GlobalStandardize.create(),
        embedder=BaselineCNN.create({"filters": filters}),
    )


def fitted(**options) -> MCDropout:
    small = {"epochs": 2, "steps": 5, "dense": (16, 8), "uncertainty_passes": 50}
    estimator = baseline(CHALLENGE.schema, (4, 4, 4), **{**small, **options})
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
    return estimator


def found(estimator: MCDropout) -> Sources:
    """What it would learn from."""
    return estimator.recipe().sources.find(CHALLENGE.train, CHALLENGE.valid, estimator.schema, Run())


def test_the_network_has_the_published_layers():
    estimator = baseline(WITH_STAR)
    estimator.embedder.use_layout(estimator.preprocessor.layout(WITH_STAR))
    features = Features(nn.Identity(), estimator.embedder.architecture(53), 53)
    (network,) = estimator.recipe().learner.untrained(features, estimator.embedder).values()
    shapes = [tuple(m.weight.shape) for m in network.modules() if isinstance(m, nn.Conv1d | nn.Linear)]
    assert shapes == [
        (32, 1, 3),
        (32, 32, 3),
        (64, 32, 3),
        (64, 64, 3),
        (64, 64, 3),
        (64, 64, 3),
        (500, 193),  # 64 filters at 3 positions, and the star's radius
        (100, 500),
        (7, 100),
    ]
    assert sum(one.numel() for one in network.parameters()) == 194_303


def test_spectra_are_scaled_together_and_the_star_apart():
    spectrum = torch.rand(6, 52, dtype=torch.float64)
    auxiliary = torch.rand(6, 2, dtype=torch.float64)
    scaler = GlobalStandardize.create().architecture(WITH_STAR)
    scaler.spectrum.learn(spectrum.reshape(-1, 1))
    scaler.radius.learn(auxiliary[:, 1:])
    features = scaler(spectrum, spectrum, auxiliary)
    expected = (spectrum - spectrum.mean()) / spectrum.std(correction=0)
    assert torch.allclose(features[:, :52], expected)
    assert features.shape == (6, 53)
    assert abs(float(features[:, 52].mean())) < 1e-9


def test_each_planet_is_learned_with_as_many_noisy_copies_as_asked_for():
    estimator = baseline(CHALLENGE.schema, planets=40, copies=5)
    sources = found(estimator)
    pairs = sources.train.pairs
    assert len(pairs) == 200
    ideal, noise = CHALLENGE.train.observations.spectrum[:40], CHALLENGE.train.observations.noise[:40]
    residual = (pairs.ideal.spectrum.reshape(5, 40, -1) - ideal) / noise
    assert abs(float(residual.std()) - 1) < 0.03
    assert torch.equal(pairs.parameters.reshape(5, 40, -1)[3], CHALLENGE.train.parameters[:40])
    positions = torch.arange(5)
    drawn = pairs.draw(positions, 1, torch.Generator())
    # the noise of the copies is all there is
    assert torch.equal(drawn.observations.spectrum, pairs.ideal.spectrum[:5])
    assert torch.equal(sources.held_out.pairs.ideal.spectrum, CHALLENGE.valid.observations.spectrum)


@pytest.mark.parametrize(("noise", "spread"), [(None, 1.0), (0.0, 0.0), (1.0, 1.0), (2.5, 2.5)])
def test_the_noise_of_training_and_of_held_out_spectra_is_what_was_asked_for(noise, spread):
    estimator = baseline(CHALLENGE.schema, planets=40, noise=noise)
    sources = found(estimator)
    for part, split in ((sources.train, CHALLENGE.train[:40]), (sources.held_out, CHALLENGE.valid)):
        drawn = part.pairs.draw(torch.arange(len(split)), 1, torch.Generator())
        residual = (drawn.observations.spectrum - split.observations.spectrum) / split.observations.noise
        assert float(residual.std()) == pytest.approx(spread, rel=0.1)
        assert torch.equal(drawn.observations.noise, split.observations.noise)


@pytest.mark.parametrize(("noise", "drawn_onto"), [(None, 0.0), (0.0, 0.0), (1.0, 1.0), (2.5, 2.5)])
def test_noise_is_drawn_onto_spectra_that_carry_it_already_only_where_it_is_asked_for(noise, drawn_onto):
    observed = CHALLENGE.schema.model_copy(update={"noise_included": True})
    sources = found(baseline(observed, planets=40, copies=2, noise=noise))
    for part, split in ((sources.train, CHALLENGE.train[:40]), (sources.held_out, CHALLENGE.valid)):
        drawn = part.pairs.draw(torch.arange(len(split)), 1, torch.Generator())
        residual = (drawn.observations.spectrum - split.observations.spectrum) / split.observations.noise
        assert float(residual.std()) == pytest.approx(drawn_onto, rel=0.1)


@pytest.mark.parametrize("n", [1000, 1234, 5000])
def test_a_sample_is_a_pass(n):
    estimator = fitted(dense=(500, 100))
    samples = estimator.sample(CHALLENGE.test.observations, n, Run()).samples
    assert samples.shape == (4, n, 7)
    assert len(torch.unique(samples[0], dim=0)) > 0.99 * n


def test_all_of_its_uncertainty_is_epistemic():
    parts = uncertainty_of(fitted().trained, CHALLENGE.test.observations, 50, Run())
    assert float(parts.aleatoric.max()) == 0
    assert float(parts.epistemic.min()) > 0


def test_convolutions_are_computed_once_for_a_planet():
    estimator, rows = fitted(), []
    first = next(m for m in estimator.trained.members[0].modules() if isinstance(m, nn.Conv1d))
    first.register_forward_hook(lambda module, inputs, output: rows.append(len(output)))
    estimator.sample(CHALLENGE.test.observations, 1000, Run())
    assert sum(rows) == len(CHALLENGE.test)


def test_the_weights_are_those_of_the_last_epoch():
    options = {"epochs": 3, "learning_rate": 1.0}  # far too fast: the last epoch is not the best
    estimator = fitted(**options)
    validation = estimator.history[:, 3]
    assert int(validation.argmin()) != len(validation) - 1
    best = fitted(**{**options, "epochs": 1 + int(validation.argmin())})
    last, other = estimator.state(), best.state()
    assert not all(torch.equal(last[name], other[name]) for name in last if name.startswith("member"))


def test_spectra_of_few_channels_are_refused_before_anything_is_trained():
    short = WITH_STAR.model_copy(update={"wavelength": WAVELENGTH[:13], "width": WIDTH[:13]})
    assert "nothing is left of 13 channels" in baseline(short).unsuitable()
    assert baseline(short, (32,)).unsuitable() is None
    embedder = BaselineCNN.create()
    embedder.use_layout(GlobalStandardize.create().layout(short))
    with pytest.raises(HarnessError, match="nothing is left of 13 channels"):
        embedder.architecture(14)
