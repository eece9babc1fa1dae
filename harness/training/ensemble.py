"""Networks that are trained apart, each an embedder and a conditional density."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Self

import torch
from torch import Tensor, nn

from harness.components import Embedder
from harness.components.feature_module import Features
from harness.training.checkpoint import HISTORY
from harness.training.density import ConditionalDensity
from harness.training.learner import Learner
from harness.training.network import MixedPrecision, PosteriorNetwork
from harness.training.objective import MaximumLikelihood, ObjectiveFactory
from harness.training.options import TrainingOptions
from harness.training.trainer import Trainer, TrainingSettings
from harness.training.training_data import TrainingData

# length of the context -> a fresh density of the parameters; called once for each network
DensityFactory = Callable[[int], ConditionalDensity]

# name, untrained network, seconds for it or None -> a row of `HISTORY` for each epoch; the network is trained
TrainNetwork = Callable[[str, PosteriorNetwork, float | None], list[tuple[float, ...]]]

# called by `fit` once, when features and parameter space are fitted
TrainingMethod = Callable[[TrainingData], TrainNetwork]


@dataclass(frozen=True)
class GradientDescent:
    """Trains each network by steps of an optimiser on an objective, with `harness.training.trainer.Trainer`.

    Attributes:
        objective: makes the objective, which all networks share.
        settings: how long and how fast.
    """

    objective: ObjectiveFactory
    settings: TrainingSettings

    def __call__(self, data: TrainingData) -> TrainNetwork:
        objective = self.objective(data)

        def train(name: str, network: PosteriorNetwork, seconds: float | None) -> list[tuple[float, ...]]:
            return Trainer(name, network, objective, self.settings, data.run, seconds).train().history

        return train


class Ensemble(Learner):
    """Networks (members) of the same kind with different first weights, trained one after the other.

    Arguments:
        density: makes the density of a member.
        members: how many there are.
        training: how each is trained.
        mixed_precision: compute embedders in bfloat16 (`PosteriorNetwork`).
        compiled: compile networks with `torch.compile` to train them.
    """

    columns = ("member", *HISTORY)

    def __init__(
        self,
        density: DensityFactory,
        members: int,
        training: TrainingMethod,
        *,
        mixed_precision: MixedPrecision = False,
        compiled: bool = False,
    ) -> None:
        self.density = density
        self.members = members
        self.training = training
        self.mixed_precision = mixed_precision
        self.compiled = compiled

    @classmethod
    def of(
        cls, options: TrainingOptions, density: DensityFactory, objective: ObjectiveFactory | None = None
    ) -> Self:
        """The ensemble that these options describe, trained by maximum likelihood unless told otherwise."""
        objective = objective or partial(MaximumLikelihood, batch=options.batch)
        return cls(
            density,
            options.members,
            GradientDescent(objective, options.settings()),
            mixed_precision=options.mixed_precision,
            compiled=options.compile,
        )

    def learn(self, data: TrainingData) -> tuple[dict[str, nn.Module], Tensor]:
        train = self.training(data)
        networks: dict[str, nn.Module] = {}
        history: list[tuple[float, ...]] = []
        for number in range(self.members):
            network = self._fresh(number, data)
            left = data.run.seconds_left
            seconds = None if left is None else left / (self.members - number)
            rows = train(f"member {number + 1}", network, seconds)
            history += [(number + 1, *row) for row in rows]
            networks[f"member-{number}"] = network.requires_grad_(False).eval()
        return networks, torch.tensor(history, dtype=torch.float64).reshape(-1, len(self.columns))

    def _fresh(self, number: int, data: TrainingData) -> PosteriorNetwork:
        """An untrained network; each member has first weights from a seed of its own."""
        torch.manual_seed(data.run.seed_for(f"weights of member {number + 1}"))
        embed = data.fresh_embedder()
        if number == 0:
            data.features.embed = embed  # the embedder that the features are saved with
        return self._network(embed).to(data.run.device)

    def untrained(self, features: Features, embedder: Embedder) -> dict[str, nn.Module]:
        others = (embedder.architecture(features.n_features) for _ in range(1, self.members))
        embeds = [features.embed, *others]
        return {f"member-{number}": self._network(embed) for number, embed in enumerate(embeds)}

    def _network(self, embed: nn.Module) -> PosteriorNetwork:
        return PosteriorNetwork(
            embed,
            self.density(int(embed.n_context)),  # type: ignore[arg-type]
            mixed_precision=self.mixed_precision,
            compiled=self.compiled,
        )
