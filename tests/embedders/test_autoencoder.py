"""The embedder that takes noise off."""

import pytest
import torch

from harness.challenges.toy import Toy
from harness.components.feature_module import Features
from harness.components.run import Run
from harness.embedders.autoencoder import Autoencoder
from harness.preprocessors.standardize import Standardize

CHALLENGE = Toy.create({"train": 400, "valid": 40, "test": 60, "rows": 200, "traced": 0.0}, name="toy")
SMALL = {"latent": 8, "width": 64, "depth": 1, "steps": 400, "batch": 128}


def built(seed: int = 0, noise: float = 1.0, **options) -> Features:
    """Fitted on the toy challenge, whose noise is multiplied."""
    torch.manual_seed(seed)
    train = CHALLENGE.train
    seen = type(train.observations)(
        train.observations.planet_ids,
        train.observations.spectrum,
        train.observations.noise * noise,
        train.observations.auxiliary,
    )
    preprocessor, embedder = Standardize.create(), Autoencoder.create({**SMALL, **options})
    return Features.fit(preprocessor, embedder, type(train)(seen, train.truth), CHALLENGE.schema)


@pytest.fixture(scope="module")
def features() -> Features:
    return built()


def scatter(features: Features) -> torch.Tensor:
    """By how much noise moves the latent variables, in units of their spread over planets."""
    test = CHALLENGE.test.observations
    moved = features.of(test.noisy(torch.Generator().manual_seed(0))) - features.of(test)
    return moved.square().mean().sqrt() / features.of(test).std()


def test_latent_variables_tell_the_parameters_apart_as_features_do(features):
    context = features.of(CHALLENGE.train.observations).double()
    design = torch.cat([context, torch.ones(len(context), 1)], dim=1)
    parameters = CHALLENGE.train.parameters
    fit = torch.linalg.lstsq(design, parameters).solution
    unexplained = (parameters - design @ fit).var(0) / parameters.var(0)
    assert unexplained[0] < 0.1  # the radius, which shifts the whole spectrum


def test_noise_moves_them_by_little_of_their_spread(features):
    assert scatter(features) < 0.3


def test_they_have_zero_mean_and_unit_spread_over_the_training_planets(features):
    context = features.of(CHALLENGE.train.observations).double()
    torch.testing.assert_close(context.mean(0), torch.zeros(8).double(), atol=1e-4, rtol=0)
    torch.testing.assert_close(context.std(0, correction=0), torch.ones(8).double(), atol=1e-3, rtol=0)


def test_the_same_seed_trains_the_same_and_the_noise_is_part_of_it():
    few = {"steps": 20}
    one, again, other, quiet = built(**few), built(**few), built(seed=1, **few), built(noise=0.01, **few)
    test = CHALLENGE.test.observations
    assert torch.equal(one.of(test), again.of(test))
    assert not torch.equal(one.of(test), other.of(test))
    assert not torch.equal(one.of(test), quiet.of(test))


def test_constant_features_and_a_single_planet_are_no_trouble():
    features = torch.ones(1, 5)
    context = Autoencoder.create({**SMALL, "steps": 5}).build(features)(features)
    assert context.shape == (1, 5)
    assert torch.isfinite(context).all()


def test_it_is_fitted_once_and_frozen_under_an_estimator_that_trains_networks():
    npe = pytest.importorskip("harness_npe.estimators.npe")
    estimator = npe.NPE.create(
        {"supervision": "parameters", "epochs": 1, "steps": 2, "batch": 16},
        name="npe-kl",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=Autoencoder.create({**SMALL, "steps": 5}),
    )
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
    embed = estimator.trained.members[0].embed
    assert embed.n_context == 8
    assert not any(weights.requires_grad for weights in embed.parameters())
    context = embed(estimator.trained.featurizer.features(CHALLENGE.train.observations)).double()
    assert (context.std(0) < 2).all()
