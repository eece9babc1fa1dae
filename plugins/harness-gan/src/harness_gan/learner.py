"""Plays the game of generator and discriminator on the images of a challenge's planets."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from harness.components import Embedder, FeatureLayout
from harness.components.feature_module import Features
from harness.data.schema import Schema
from harness.files.storage import write_whole
from harness.training import Learner, TrainingData
from harness_gan.adversarial import HISTORY, AdversarialTrainer, Game
from harness_gan.aspa import Aspa
from harness_gan.aspa_featurizer import AspaFeaturizer
from harness_gan.collapse import ROWS, Collapse
from harness_gan.image_sources import image_pairs
from harness_gan.networks import Discriminator, Generator, latent_noise
from harness_gan.options import ExoGANOptions


class GameLearner(Learner):
    """Trains a generator and a discriminator of images, and measures whether the generator has collapsed.

    Arguments:
        options: of the networks and of the game.
        schema: of the challenge.
        layout: of the features.

    Attributes:
        aspa: the layout of the images, once they are learned.
        example: one of the training set (1, 1, height, width).
        collapse: measured after the game.
    """

    columns = HISTORY

    aspa: Aspa
    example: Tensor
    collapse: Collapse

    def __init__(self, options: ExoGANOptions, schema: Schema, layout: FeatureLayout) -> None:
        self.options = options
        self.schema = schema
        self.layout = layout

    def learn(self, data: TrainingData) -> tuple[dict[str, nn.Module], Tensor]:
        pairs, held_out = image_pairs(data.sources.train), image_pairs(data.sources.held_out)
        run, featurizer = data.run, AspaFeaturizer(data.featurizer, self.layout, pairs.noise_included)
        contents = featurizer.contents(pairs)
        self.aspa = image_layout(self.options, self.schema, contents.facts.shape[1])
        torch.manual_seed(run.seed_for("weights"))
        generator, discriminator = self._networks(self.aspa)
        game = Game(generator.to(run.device), discriminator.to(run.device), self.options.settings())
        aspa = self.aspa.to(run.device)
        images = aspa.encode(contents)
        trainer = AdversarialTrainer(game, images, aspa.encode(featurizer.contents(held_out)), run)
        history = torch.tensor(trainer.train(), dtype=torch.float64)
        networks = {"generator": game.average.network, "discriminator": game.discriminator}
        for network in networks.values():
            network.requires_grad_(False).eval()
        self.example = images[:1].cpu()
        z = latent_noise(ROWS, self.options.latent, run.generator("collapse"))
        drawn = aspa.decode(game.average.network(z))
        self.collapse = Collapse.measure(contents, drawn, self.schema.parameter_names)
        findings = [words for words in (trainer.shortened, self.collapse.finding()) if words]
        if findings:
            run.warn(f"{', and '.join(findings)}; train longer.")
        return dict(networks), history

    def untrained(self, features: Features, embedder: Embedder) -> dict[str, nn.Module]:
        n_facts = features.n_features - self.layout.n_channel_features
        generator, discriminator = self._networks(image_layout(self.options, self.schema, n_facts))
        return {"generator": generator, "discriminator": discriminator}

    def artifacts(self, directory: Path) -> None:
        """`mode_collapse.json`, and the layout of the image as `aspa.png`."""
        from harness_gan.aspa_figure import aspa_figure

        self.collapse.write(directory / "mode_collapse.json")
        figure = aspa_figure(self.aspa, self.example[0, 0], self.schema, self.layout.facts)
        write_whole(directory / "aspa.png", lambda path: figure.savefig(path, format="png"))

    def _networks(self, aspa: Aspa) -> tuple[Generator, Discriminator]:
        options = self.options
        generator = Generator(aspa, options.latent, options.filters)
        return generator, Discriminator(aspa, options.critic_filters, options.spectral)


def image_layout(options: ExoGANOptions, schema: Schema, n_facts: int) -> Aspa:
    """The layout of the images of a challenge's planets, of each of which so many facts are known."""
    return Aspa(schema.wavelength, n_facts, len(schema.parameters), options.bin_size)
