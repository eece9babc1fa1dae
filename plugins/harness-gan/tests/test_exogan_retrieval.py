"""Retrieval with a fitted generator: when it is broken, and when it is read back."""

import pytest
import torch
from harness_gan.estimator import ExoGAN
from harness_gan.reconstruction import reconstruct

from harness.challenges.toy import Toy
from harness.embedders.none import NoEmbedder
from harness.errors import HarnessError
from harness.preprocessors.standardize import Standardize
from harness.run import Run
from harness.training.pairs import Observed

CHALLENGE = Toy.create({"train": 120, "valid": 30, "test": 3, "rows": 200}, name="toy")
OBSERVATIONS = CHALLENGE.test.observations
MASKED = torch.arange(len(CHALLENGE.schema.wavelength)) < 5

pytestmark = pytest.mark.filterwarnings("ignore:.*the generator has collapsed in part")


def unfitted(**options) -> ExoGAN:
    return ExoGAN.create(
        {**ExoGAN.contract_options, "supervision": "parameters", **options},
        name="exogan",
        schema=CHALLENGE.schema,
        preprocessor=Standardize.create(),
        embedder=NoEmbedder.create(),
    )


def fitted(**options) -> ExoGAN:
    estimator = unfitted(**options)
    estimator.fit(CHALLENGE.train, CHALLENGE.valid, Run())
    return estimator


@pytest.fixture
def broken() -> ExoGAN:
    """One whose generator draws no numbers."""
    estimator = fitted()
    for weight in estimator.generator.parameters():
        weight.fill_(torch.nan)
    return estimator


def test_a_generator_that_draws_no_numbers_gives_no_posterior(broken):
    with pytest.raises(HarnessError, match=r"^The density of 'exogan' has collapsed"):
        broken.sample(OBSERVATIONS, 50, Run())


def test_a_generator_that_draws_no_numbers_reconstructs_no_spectrum(broken):
    seen = Observed.of(OBSERVATIONS[:1], torch.device("cpu"))
    with pytest.raises(HarnessError, match=r"^What run gan-1 fills in is not finite"):
        reconstruct(broken, seen, MASKED, CHALLENGE.schema.wavelength, Run(name="gan-1"))
