"""Trains the networks of an ensemble by sbi's own loop, on the harness's examples and split."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import nn

from harness.components.run import Run
from harness.errors import HarnessError
from harness.training import TrainingData
from harness.training.ensemble import TrainNetwork
from harness.training.examples import Examples, examples, fixed_set
from harness.training.network import PosteriorNetwork
from harness_sbi.loop import SbiSettings, train
from harness_sbi.network import Architecture, SbiNetwork
from harness_sbi.watch import Watch


@dataclass(frozen=True)
class SbiTraining:
    """How `harness.training.ensemble.Ensemble` trains each network here.

    Attributes:
        architecture: of the densities.
        settings: how long and how fast.
        copies: observations of each pair, each with noise of its own.
        trace_rows: drawn from each trace, where nothing but traces is learned from.
    """

    architecture: Architecture
    settings: SbiSettings
    copies: int
    trace_rows: int

    def __call__(self, data: TrainingData) -> TrainNetwork:
        """Draw the fixed set that sbi learns from; what trains a network on it."""
        noise = data.run.generator("noise")
        learned = fixed_set(data.sources.train, self.copies, self.trace_rows, data.featurizer, noise)
        held_out = examples(data.held_out, data.featurizer)

        def train_network(
            name: str, network: PosteriorNetwork, seconds: float | None
        ) -> list[tuple[float, ...]]:
            return self._train(name, network, seconds, learned, held_out, data.run)

        return train_network

    def _train(
        self,
        name: str,
        network: PosteriorNetwork,
        seconds: float | None,
        learned: Examples,
        held_out: Examples,
        run: Run,
    ) -> list[tuple[float, ...]]:
        settings = self.settings
        embedding, learned, held_out = _to_train(network, learned, held_out)
        torch.manual_seed(run.seed_for(f"training of {name}"))
        with run.progress(f"training {name}", settings.max_num_epochs) as advance:
            watch = Watch(name, settings.max_num_epochs, settings.learning_rate, seconds, run, advance)
            build = self.architecture.builder(embedding)
            try:
                trained = train(build, learned, held_out, settings, run.device, watch)
            except FloatingPointError as error:
                raise HarnessError(
                    f"The training of '{run.name}' collapsed in epoch {len(watch.history) + 1}: sbi found a "
                    "loss that is not finite; lower the learning rate, for example --set "
                    f"estimator.learning_rate={settings.learning_rate / 10:g}."
                ) from error
            except torch.OutOfMemoryError as error:
                raise HarnessError(
                    f"The device is too small for sbi's batches of {settings.training_batch_size}; lower "
                    "estimator.training_batch_size, or use --device cpu."
                ) from error
        assert isinstance(network.density, SbiNetwork)
        network.density.take(trained)
        network.to(run.device)
        return watch.history


def _to_train(
    network: PosteriorNetwork, learned: Examples, held_out: Examples
) -> tuple[nn.Module, Examples, Examples]:
    """The embedding that sbi trains, on the CPU where it builds, and the examples to go with it.

    One that has nothing to train is applied beforehand, once.
    """
    if any(weights.requires_grad for weights in network.embed.parameters()):
        return network.embed.cpu(), learned, held_out
    with torch.no_grad():
        return (
            nn.Identity(),
            replace(learned, features=network.context(learned.features)),
            replace(held_out, features=network.context(held_out.features)),
        )
