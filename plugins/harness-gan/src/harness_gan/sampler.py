"""Retrieval by inpainting: the spectrum of an image is known, and its parameters are filled in."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import torch
from torch import Tensor

from harness.components import FeatureLayout
from harness.components.run import Run
from harness.data.observations import Observations
from harness.errors import HarnessError
from harness.training import Sampler, TrainedNetworks, TrainingData
from harness.training.sampling import draw_in_portions
from harness_gan.aspa_featurizer import AspaFeaturizer
from harness_gan.cloud import smoothed
from harness_gan.image_sources import image_pairs
from harness_gan.inpainting import Inpainter, Known, restarts_at_once
from harness_gan.learner import image_layout
from harness_gan.model_error import HURRIED, JUDGED, best_factor, residual
from harness_gan.networks import Discriminator, Generator, latent_noise
from harness_gan.options import ExoGANOptions

logger = logging.getLogger(__name__)


class InpaintingSampler(Sampler):
    """Completes images of each planet from many z; the parameters on them, smoothed, are the samples.

    Arguments:
        options: of the inpainting.
        layout: of the features.

    Attributes:
        model_error: of the generator, 1-sigma, of each known number (W + K,): so many times the residual.
        residual: what the generator cannot draw of planets held out (W + K,); None where an older version
            has not saved it.
        noise_learned: the spectra that were learned carry noise, as observations do.
    """

    model_error: Tensor
    residual: Tensor | None
    noise_learned: bool

    def __init__(self, options: ExoGANOptions, layout: FeatureLayout) -> None:
        self.options = options
        self.layout = layout

    def fit(self, trained: TrainedNetworks, data: TrainingData) -> None:
        """Measure what the generator cannot draw, on planets held out."""
        pairs, run = image_pairs(data.sources.held_out), data.run
        self.noise_learned = pairs.noise_included
        featurizer, inpainter = self.featurizer(trained), self.inpainter(trained, run)
        generator = run.generator("model error")
        left = residual(inpainter, featurizer.contents(pairs), generator)
        judged = pairs[: HURRIED if run.seconds_left == 0 else JUDGED]
        observed = judged.observed(torch.arange(len(judged), device=run.device), generator)
        value, noise = featurizer.known(observed), featurizer.errors(observed, generator)
        parameters = featurizer.parameters(judged.parameters, observed)
        factor = best_factor(inpainter, value, noise, parameters, left, generator)
        self.model_error, self.residual = factor * left, left
        logger.info("the generator's own error: %.3g times the residual, %s", factor, left.tolist())

    def sample(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Tensor:
        generator, inpainter = run.generator("sample"), self.inpainter(trained, run)
        space, clouds = trained.space, self.options.clouds

        def draw(some: Observations) -> Tensor:
            done = inpainter(self.known(trained, some, generator).restarts(clouds, generator), generator)
            samples = smoothed(done.contents.parameters.reshape(len(some), clouds, -1), n, generator)
            samples = torch.where(torch.isfinite(samples), samples, torch.nan)
            return space.physical(samples, space.transform(some))

        at_once = max(1, restarts_at_once(run.device) // clouds)
        return draw_in_portions(draw, observations, n, space.schema, run, generator, at_once)

    def known(
        self, trained: TrainedNetworks, observations: Observations, generator: torch.Generator
    ) -> Known:
        """The known part of the planets' images; errors are those of the noise and of the generator."""
        featurizer = self.featurizer(trained)
        value = featurizer.known(observations)
        error = (featurizer.errors(observations, generator).square() + self.model_error.square()).sqrt()
        return Known(value, error, torch.ones(value.shape[1], dtype=torch.bool, device=value.device))

    def featurizer(self, trained: TrainedNetworks) -> AspaFeaturizer:
        """From planets to what their images hold."""
        return AspaFeaturizer(trained.featurizer, self.layout, self.noise_learned)

    def inpainter(self, trained: TrainedNetworks, run: Run) -> Inpainter:
        """What completes images, with a library of its own that depends on the run's seed."""
        options, (generator, discriminator) = self.options, _networks(trained)
        return Inpainter(
            image_layout(options, trained.space.schema, generator.n_facts).to(run.device),
            generator,
            discriminator,
            latent_noise(options.library, options.latent, run.generator("library")),
            perceptual=options.perceptual,
            anchor=options.anchor,
            iterations=options.iterations,
            rate=options.inpainting_rate,
        )

    def state(self) -> dict[str, Tensor]:
        tensors = {"model_error": self.model_error, "noise_learned": torch.tensor(self.noise_learned)}
        return tensors if self.residual is None else {**tensors, "residual": self.residual}

    def restore(self, trained: TrainedNetworks, state: Mapping[str, Tensor]) -> None:
        count = len(trained.space.schema.wavelength) + _networks(trained)[0].n_facts
        self.noise_learned = bool(state.get("noise_learned", False))  # older runs learned ideal spectra
        self.model_error = _errors(state, "model_error", count)
        self.residual = _errors(state, "residual", count) if "residual" in state else None


def _networks(trained: TrainedNetworks) -> tuple[Generator, Discriminator]:
    generator, discriminator = trained.networks["generator"], trained.networks["discriminator"]
    assert isinstance(generator, Generator)
    assert isinstance(discriminator, Discriminator)
    return generator, discriminator


def _errors(state: Mapping[str, Tensor], name: str, count: int) -> Tensor:
    """A saved 1-sigma of each known number (W + K,).

    Raises:
        HarnessError: there are not as many, or one is not positive and finite.
    """
    errors = state[name]
    if errors.shape != (count,) or not bool((torch.isfinite(errors) & (errors > 0)).all()):
        raise HarnessError(
            f"What exogan has saved as {name} has the shape {list(errors.shape)} and is to be {count} "
            "positive numbers, one for each channel and fact; fit it again."
        )
    return errors
