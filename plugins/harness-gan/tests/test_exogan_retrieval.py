"""Retrieval with a fitted generator: when it is broken, and when it is read back."""

import pytest
import torch
from harness_gan.estimator import ExoGAN
from harness_gan.reconstruction import reconstruct

from harness.challenges.toy import Toy
from harness.components.run import Run
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize

CHALLENGE = Toy.create({"train": 120, "valid": 30, "test": 3, "rows": 200}, name="toy")
OBSERVATIONS = CHALLENGE.test.observations
MASKED = torch.arange(len(CHALLENGE.schema.wavelength)) < 5

pytestmark = pytest.mark.filterwarnings("ignore:.*the generator has collapsed in part")


def unfitted(schema=CHALLENGE.schema, **options) -> ExoGAN:
    return ExoGAN.create(
        {**ExoGAN.contract_options, "supervision": "parameters", **options},
        name="exogan",
        schema=schema,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )


def fitted(**options) -> ExoGAN:
    estimator = unfitted(**options)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
    return estimator


@pytest.fixture(scope="module")
def trained() -> ExoGAN:
    """One to be left as it is."""
    return fitted()


@pytest.fixture
def broken() -> ExoGAN:
    """One whose generator draws no numbers."""
    estimator = fitted()
    for weight in estimator.trained.networks["generator"].parameters():
        weight.fill_(torch.nan)
    return estimator


def test_a_generator_that_draws_no_numbers_gives_no_posterior(broken):
    with pytest.raises(HarnessError, match=r"^The density of 'gan-1' has collapsed"):
        broken.sample(OBSERVATIONS, 50, Run(name="gan-1"))


def test_a_generator_that_draws_no_numbers_reconstructs_no_spectrum(broken):
    seen = OBSERVATIONS[:1]
    with pytest.raises(HarnessError, match=r"^What run gan-1 fills in is not finite"):
        reconstruct(broken, seen, MASKED, Run(name="gan-1"))


def test_the_spread_of_a_channel_is_that_of_the_restarts_and_the_residual():
    estimator, seen = fitted(), OBSERVATIONS[:1]
    scale = CHALLENGE.train.observations.spectrum.std(dim=0, correction=0)  # of a standardised number
    variances = []
    for residual in (0.0, 0.7):
        estimator.sampler.residual = torch.full_like(estimator.sampler.model_error, residual)
        found = reconstruct(estimator, seen, MASKED, Run())
        variances.append(found.spread.double().square())
    expected = (0.7 * scale.double()).square()
    torch.testing.assert_close((variances[1] - variances[0])[MASKED], expected[MASKED], rtol=0.05, atol=0)


def test_a_run_that_kept_no_residual_still_retrieves_and_says_why_it_does_not_reconstruct():
    estimator, loaded, run = fitted(), unfitted(), Run(name="old")
    state = {name: tensor for name, tensor in estimator.state().items() if name != "residual"}
    loaded.features = estimator.features
    loaded.restore(state, run)
    assert torch.isfinite(loaded.sample(OBSERVATIONS, 20, run).samples).all()
    seen = OBSERVATIONS[:1]
    with pytest.raises(HarnessError, match=r"^Run old was fitted by an older harness-gan.*; fit it again"):
        reconstruct(loaded, seen, MASKED, run)


@pytest.mark.parametrize("name", ["model_error", "residual"])
@pytest.mark.parametrize("change", [lambda e: e[:-1], lambda e: e[None], lambda e: torch.nan * e])
def test_saved_errors_that_are_not_one_for_each_number_are_refused(trained, name, change):
    state = {**trained.state(), name: change(trained.state()[name])}
    loaded = unfitted()
    loaded.features = trained.features
    with pytest.raises(HarnessError, match=rf"saved as {name} has the shape .* fit it again\.$"):
        loaded.restore(state, Run())


def test_images_that_were_learned_with_their_noise_are_searched_without_allowing_for_more():
    estimator = unfitted(CHALLENGE.schema.model_copy(update={"noise_included": True}))
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
    again = unfitted(estimator.schema)
    again.fit_features(CHALLENGE.train, Run())
    again.restore(estimator.state(), Run())
    for one in (estimator, again):
        error = one.sampler.known(one.trained, OBSERVATIONS, torch.Generator()).error
        assert torch.equal(error, one.sampler.model_error.expand_as(error))


def test_images_of_ideal_planets_are_searched_with_the_noise_of_the_observation(trained):
    n_channels = len(MASKED)  # facts beside them have no noise
    error = trained.sampler.known(trained.trained, OBSERVATIONS, torch.Generator()).error
    assert (error[:, :n_channels] > trained.sampler.model_error[:n_channels]).all()
