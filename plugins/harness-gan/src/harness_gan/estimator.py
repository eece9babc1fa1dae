"""ExoGAN: retrieval by completing an image of spectrum and parameters of which the spectrum is known."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from harness.challenges import Observations, Split
from harness.components import Estimator, FeatureLayout
from harness.components.run import Run
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.files.storage import write_whole
from harness.training.checkpoint_file import under
from harness.training.density_estimator import as_split
from harness.training.pairs import Batch, Observed, Pairs
from harness.training.sampling import Redrawn, finite_samples
from harness.training.sources import find_sources
from harness.training.space import ParameterSpace
from harness_gan.adversarial import HISTORY, AdversarialTrainer, Game, Pace
from harness_gan.aspa import Aspa, Contents
from harness_gan.cloud import smoothed
from harness_gan.collapse import ROWS, Collapse
from harness_gan.inpainting import Inpainted, Inpainter, Known, restarts_at_once
from harness_gan.model_error import HURRIED, JUDGED, best_factor, residual
from harness_gan.networks import Discriminator, Generator, latent_noise
from harness_gan.options import ExoGANOptions
from harness_gan.reading import AspaReading

logger = logging.getLogger(__name__)


class ExoGAN(Estimator):
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

    source = "Zingales & Waldmann 2018, The Astronomical Journal 156, 268; https://arxiv.org/abs/1806.02906"
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
    default_preprocessor: ClassVar[str] = "scale-heights"

    space: ParameterSpace
    generator: Generator
    discriminator: Discriminator
    model_error: Tensor  # 1-sigma, of each known number (W + K,): so many times the residual
    residual: Tensor | None  # of planets held out (W + K,); None where an older version has not saved it
    noise_learned: bool  # the spectra that were learned carry noise, as observations
    example: Tensor  # an image of the training set (1, 1, height, width)
    history: Tensor  # (E, len(HISTORY))
    collapse: Collapse

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        pairs, held_out = self._pairs(train, valid, run)
        self.noise_learned = pairs.noise_included
        self.fit_features(as_split(pairs.ideal[:ROWS]), run)
        self.space = ParameterSpace(self.preprocessor, self.schema).to(run.device)  # type: ignore[arg-type]
        self.space.fit(Batch(pairs.ideal, pairs.parameters, torch.arange(len(pairs), device=run.device)))
        reading = self.reading()
        trained, others = reading.contents(pairs), reading.contents(held_out)
        layout = self._layout(trained.facts.shape[1], run.device)
        torch.manual_seed(run.seed_for("weights"))
        game = Game(*self._networks(layout, run), self._pace())
        images = layout.encode(trained)
        trainer = AdversarialTrainer(game, images, layout.encode(others), run)
        self.history = torch.tensor(trainer.train(), dtype=torch.float64)
        self.generator, self.discriminator = game.averaged, game.discriminator
        self._freeze()
        self.example = images[:1].clone()
        self._measure_collapse(layout, trained, run)
        self._measure_error(others, held_out, run)
        findings = [words for words in (trainer.shortened, self.collapse.finding()) if words]
        if findings:
            run.warn(f"{', and '.join(findings)}; train longer.")

    def _pairs(self, train: Split, valid: Split, run: Run) -> tuple[Pairs, Pairs]:
        sources = find_sources(
            self.options.supervision,
            train,
            valid,
            self.schema,
            run,
            simulations=self.options.simulations,
            trace_fraction=0.5,
            rows_per_planet=1,
        )
        # An image is of a noise-free planet and its parameters. A row of a trace is no such pair: traces
        # that "auto" found are left aside.
        assert sources.train.pairs is not None
        assert sources.held_out.pairs is not None
        return sources.train.pairs, sources.held_out.pairs

    def _pace(self) -> Pace:
        options = self.options
        penalised = options.stabiliser in ("gradient-penalty", "both")
        return Pace(
            options.epochs,
            options.steps,
            options.batch,
            options.learning_rate,
            options.averaging,
            options.penalty if penalised else 0.0,
        )

    def _layout(self, n_facts: int, device: torch.device) -> Aspa:
        schema = self.schema
        layout = Aspa(schema.wavelength, n_facts, len(schema.parameters), self.options.bin_size)
        return layout.to(device)

    def _networks(self, layout: Aspa, run: Run) -> tuple[Generator, Discriminator]:
        options = self.options
        spectral = options.stabiliser in ("spectral-norm", "both")
        generator = Generator(layout, options.latent, options.filters)
        return generator.to(run.device), Discriminator(layout, options.critic_filters, spectral).to(
            run.device
        )

    def _freeze(self) -> None:
        for network in (self.generator, self.discriminator):
            network.requires_grad_(False).eval()

    def reading(self) -> AspaReading:
        """From planets to what their images hold."""
        assert self.features is not None
        return AspaReading(self.features.preprocess, self._feature_layout, self.space, self.noise_learned)

    def _measure_collapse(self, layout: Aspa, trained: Contents, run: Run) -> None:
        z = latent_noise(ROWS, self.options.latent, run.generator("collapse"))
        drawn = layout.decode(self.generator(z))
        self.collapse = Collapse.measure(trained, drawn, self.schema.parameter_names)

    def _measure_error(self, contents: Contents, held_out: Pairs, run: Run) -> None:
        """What the generator cannot draw, on planets held out."""
        inpainter, generator = self.inpainter(run), run.generator("model error")
        left = residual(inpainter, contents, generator)
        reading, judged = self.reading(), held_out[: HURRIED if run.seconds_left == 0 else JUDGED]
        seen = judged.seen(torch.arange(len(judged), device=run.device), generator)
        value, noise = reading.known(seen), reading.errors(seen, generator)
        inside = self.space.off_bounds(judged.parameters)
        parameters = self.space.standardised(inside, self.space.transform(seen))
        factor = best_factor(inpainter, value, noise, parameters, left, generator)
        self.model_error, self.residual = factor * left, left
        logger.info("the generator's own error: %.3g times the residual, %s", factor, left.tolist())

    def inpainter(self, run: Run) -> Inpainter:
        """What completes images, with a library of its own that depends on the run's seed."""
        options = self.options
        return Inpainter(
            self._layout(self._n_facts, run.device),
            self.generator,
            self.discriminator,
            latent_noise(options.library, options.latent, run.generator("library")),
            perceptual=options.perceptual,
            anchor=options.anchor,
            iterations=options.iterations,
            rate=options.inpainting_rate,
        )

    @property
    def _n_facts(self) -> int:
        assert self.features is not None
        return self.features.n_features - self._feature_layout.n_channel_features

    @property
    def _feature_layout(self) -> FeatureLayout:
        assert self.preprocessor is not None
        return self.preprocessor.layout(self.schema)

    def known(self, seen: Observed, generator: torch.Generator) -> Known:
        """The known part of the planets' images; errors are those of the noise and of the generator."""
        reading = self.reading()
        value = reading.known(seen)
        error = (reading.errors(seen, generator).square() + self.model_error.square()).sqrt()
        return Known(value, error, torch.ones(value.shape[1], dtype=torch.bool, device=value.device))

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self.check(observations)
        generator, redrawn, inpainter = run.generator("sample"), Redrawn(), self.inpainter(run)
        at_once = max(1, restarts_at_once(run.device) // self.options.clouds)
        parts = []
        with run.progress("inpainting", len(observations)) as advance:
            for start in range(0, len(observations), at_once):
                seen = Observed.of(observations[start : start + at_once], run.device)

                def draw(rows: Tensor, seen: Observed = seen) -> Tensor:
                    return self._samples(seen[rows], n, inpainter, generator)

                parts.append(finite_samples(draw, len(seen), self.schema, generator, redrawn))
                advance(len(seen))
        redrawn.conclude(self.name, run)
        return Posterior.equal(torch.cat(parts))

    def _samples(self, seen: Observed, n: int, inpainter: Inpainter, generator: torch.Generator) -> Tensor:
        """Samples (b, n, P) in physical units; NaN where one is not a number."""
        done = self.restarts(seen, inpainter, generator)
        cloud = done.contents.parameters.reshape(len(seen), self.options.clouds, -1)
        samples = smoothed(cloud, n, generator)
        samples = torch.where(torch.isfinite(samples), samples, torch.nan)
        return self.space.physical(samples, self.space.transform(seen))

    def restarts(self, seen: Observed, inpainter: Inpainter, generator: torch.Generator) -> Inpainted:
        """Where all restarts of the planets end, those of the first planet first."""
        known = self.known(seen, generator).restarts(self.options.clouds, generator)
        return inpainter(known, generator)

    def artifacts(self, directory: Path) -> None:
        """`training.csv`, `mode_collapse.json`, and the layout of the image as `aspa.png`."""
        from harness_gan.aspa_figure import aspa_figure

        header = ",".join(HISTORY)
        rows = np.asarray(self.history.cpu())
        np.savetxt(directory / "training.csv", rows, "%.8g", delimiter=",", header=header, comments="")
        self.collapse.write(directory / "mode_collapse.json")
        layout = self._layout(self._n_facts, torch.device("cpu"))
        figure = aspa_figure(layout, self.example[0, 0], self.schema, self._feature_layout.facts)
        write_whole(directory / "aspa.png", lambda path: figure.savefig(path, format="png"))

    def state(self) -> dict[str, Tensor]:
        tensors = {"model_error": self.model_error, "example": self.example, "history": self.history}
        tensors["noise_learned"] = torch.tensor(self.noise_learned)
        if self.residual is not None:
            tensors["residual"] = self.residual
        for prefix, module in self._modules().items():
            tensors |= {f"{prefix}/{name}": value for name, value in module.state_dict().items()}
        return tensors

    def _modules(self) -> dict[str, torch.nn.Module]:
        return {"space": self.space, "generator": self.generator, "discriminator": self.discriminator}

    def restore(self, state: Mapping[str, Tensor], run: Run) -> None:
        self.example, self.history = state["example"], state["history"]
        self.noise_learned = bool(state.get("noise_learned", False))  # older runs learned ideal spectra
        self.model_error = self._errors_of(state, "model_error")
        self.residual = self._errors_of(state, "residual") if "residual" in state else None
        self.space = ParameterSpace(self.preprocessor, self.schema).to(run.device)  # type: ignore[arg-type]
        self.generator, self.discriminator = self._networks(self._layout(self._n_facts, run.device), run)
        for prefix, module in self._modules().items():
            module.load_state_dict(under(f"{prefix}/", state))
        self._freeze()

    def _errors_of(self, state: Mapping[str, Tensor], name: str) -> Tensor:
        """A saved 1-sigma of each known number (W + K,).

        Raises:
            HarnessError: there are not as many, or one is not positive and finite.
        """
        errors, count = state[name], len(self.schema.wavelength) + self._n_facts
        if errors.shape != (count,) or not bool((torch.isfinite(errors) & (errors > 0)).all()):
            raise HarnessError(
                f"What '{self.name}' has saved as {name} has the shape {list(errors.shape)} and is to be "
                f"{count} positive numbers, one for each channel and fact; fit it again."
            )
        return errors
