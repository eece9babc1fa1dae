"""ExoGAN: retrieval by completing an image of spectrum and parameters of which the spectrum is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from harness.training import Recipe, TrainedEstimator
from harness_gan.learner import GameLearner
from harness_gan.options import ExoGANOptions
from harness_gan.sampler import InpaintingSampler


class ExoGAN(TrainedEstimator):
    """A generative adversarial network of planets, and for each observation the z that draw it.

    A planet is one image, the ASPA (see `harness_gan.aspa`): its noise-free spectrum in normalised bins, the
    constants of the normalisation, facts and parameters as strips. A DCGAN learns to draw such images. To
    retrieve, the spectrum is the known part of an image and the parameters are the missing one: many z are
    optimised at once until their images show the observed spectrum, each with noise of its own drawn onto it,
    and the parameters of the completed images are the answer.
    """

    class Options(ExoGANOptions):
        pass

    options: Options

    source: ClassVar[str] = (
        "Zingales & Waldmann 2018, The Astronomical Journal 156, 268; https://arxiv.org/abs/1806.02906"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "simulations": 400,
        "epochs": 2,
        "steps": 10,
        "batch": 32,
        "latent": 8,
        "filters": 4,
        "critic_filters": 4,
        "clouds": 8,
        "iterations": 3,
        "library": 64,
    }
    trains_embedder: ClassVar[bool] = False
    default_embedder: ClassVar[str] = "none"

    sampler: InpaintingSampler

    def recipe(self) -> Recipe:
        options, schema = self.options, self.schema
        assert self.preprocessor is not None
        layout = self.preprocessor.layout(schema)
        return Recipe(
            options.sources(), GameLearner(options, schema, layout), InpaintingSampler(options, layout)
        )
