"""The options of the estimator."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.components import Component
from harness.training import ChallengeSources
from harness_gan.adversarial import GameSettings
from harness_gan.image_sources import ImageSources

Supervision = Literal["auto", "simulations", "parameters"]
Stabiliser = Literal["spectral-norm", "gradient-penalty", "both", "none"]


class ExoGANOptions(Component.Options):
    """What is learned from, the two networks and their game, and the inpainting."""

    supervision: Supervision = Field(
        "auto",
        description="what is learned from: simulations (pairs from the forward model under the retrieval's "
        "prior), parameters (of the training planets), or auto: simulations where they can be made",
    )
    simulations: int = Field(
        30_000, ge=100, description="pairs to simulate, where simulations are learned from"
    )
    bin_size: int = Field(8, ge=2, le=64, description="channels in one normalised bin of the image")
    latent: int = Field(12, ge=1, le=512, description="numbers in z, that an image is drawn from")
    filters: int = Field(16, ge=2, le=256, description="filters of the widest convolution of the generator")
    critic_filters: int = Field(
        32, ge=2, le=256, description="filters of the first convolution of the discriminator"
    )
    stabiliser: Stabiliser = Field(
        "gradient-penalty",
        description="what keeps the discriminator smooth: spectral-norm, gradient-penalty (R1), both or none",
    )
    penalty: float = Field(0.3, gt=0, allow_inf_nan=False, description="weight of the gradient penalty R1")
    epochs: int = Field(22, ge=1, description="epochs, each with a checkpoint")
    steps: int = Field(200, ge=1, description="steps of each epoch, of both networks")
    batch: int = Field(128, ge=2, description="images of each step")
    learning_rate: float = Field(
        1e-3, gt=0, le=1, description="generator's learning rate at its peak; it falls as a cosine"
    )
    averaging: float = Field(
        0.998, ge=0, lt=1, description="decay of the running average of the generator's weights; 0 for none"
    )
    clouds: int = Field(
        128, ge=2, le=100_000, description="restarts of z for each planet, each with noise of its own"
    )
    iterations: int = Field(25, ge=0, le=100_000, description="steps of Adam on z")
    inpainting_rate: float = Field(0.2, gt=0, le=10, description="learning rate of Adam on z")
    perceptual: float = Field(
        0.1,
        ge=0,
        allow_inf_nan=False,
        description="weight lambda of the perceptual loss log(1 - D(G(z))) in the inpainting",
    )
    anchor: float = Field(
        1.0,
        ge=0,
        allow_inf_nan=False,
        description="weight of |z - z0|^2 / 2, which holds every restart to the z0 that it was drawn at; 1 "
        "samples the posterior, 0 is the paper's",
    )
    library: int = Field(
        16_384,
        ge=1,
        le=2**18,
        description="images drawn at first, the likeliest of which each restart begins at",
    )

    @property
    def spectral(self) -> bool:
        """Whether the discriminator is held smooth by spectral normalisation."""
        return self.stabiliser in ("spectral-norm", "both")

    def settings(self) -> GameSettings:
        """How long and how fast to train."""
        penalised = self.stabiliser in ("gradient-penalty", "both")
        return GameSettings(
            self.epochs,
            self.steps,
            self.batch,
            self.learning_rate,
            self.averaging,
            self.penalty if penalised else 0.0,
        )

    def sources(self) -> ImageSources:
        """Where the planets of the images come from."""
        return ImageSources(ChallengeSources(self.supervision, self.simulations))
