"""Embeddings of simulated spectra, aligned with those of the challenge's own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.errors import HarnessError
from harness.metrics.mmd import mmd
from harness.training import Loss, Objective, TrainingData
from harness.training.network import PosteriorNetwork
from harness.training.objective import ObjectiveFactory
from harness.training.pairs import Pairs, unnamed
from harness.training.supervision import in_turn

PLANETS = 128  # of each kind, compared at each step
HELD_OUT = 512  # of each kind at most, compared after each epoch


@dataclass(frozen=True)
class Compared:
    """What one step learns from.

    Attributes:
        item: for the objective that the alignment is added to.
        made: features of spectra that the network learns from, with noise (n, F).
        seen: features of the challenge's own spectra, with noise (n, F).
    """

    item: Any
    made: Tensor
    seen: Tensor


class Aligned(Objective[Compared]):
    """Another objective, and the discrepancy between embeddings of simulated and of the challenge's spectra.

    Where a simulator is wrong, the challenge's spectra lie where the network has never been. The squared
    maximum mean discrepancy (RBF kernel) between the two sets of embeddings, added to the loss, makes an
    embedder keep what both have in common. No truth of the challenge's planets is used, only their spectra.

    Both sets should be of like planets: where their parameters differ in distribution, aligning embeddings
    also hides what tells them apart.

    Arguments:
        inner: what the alignment is added to.
        data: where pairs come from, and the challenge's planets.
        weight: of the discrepancy.

    References:
        Huang, Bharti, Souza, Acerbi & Kaski 2023, Learning Robust Statistics for Simulation-based Inference
        under Model Misspecification, https://arxiv.org/abs/2305.15871
        Roncoli, Ciprijanovic, Voetberg, Villaescusa-Navarro & Nord 2023, Domain Adaptive Graph Neural
        Networks for Constraining Cosmological Parameters Across Multiple Data Sets,
        https://arxiv.org/abs/2311.01588

    Raises:
        HarnessError: nothing is simulated.
    """

    def __init__(self, inner: Objective[Any], data: TrainingData, weight: float) -> None:
        pairs, held_out = data.sources.train.pairs, data.sources.held_out.pairs
        if not data.sources.kind.startswith("simulations"):
            raise HarnessError(
                f"'{data.run.name}' with alignment={weight:g} aligns simulated spectra with those of the "
                f"challenge, and it learns from {data.sources.kind}; ask for supervision=simulations or "
                "leave alignment at 0."
            )
        assert pairs is not None
        assert held_out is not None
        self.inner = inner
        self.weight = weight
        self.featurizer = data.featurizer
        self.pairs = pairs
        self.planets = Pairs(
            unnamed(data.train.observations, data.run.device),
            torch.empty(len(data.train), 0, device=data.run.device),
            noise_included=data.featurizer.space.schema.noise_included,
        )
        generator = data.run.generator("validation of the alignment")
        self.fixed = [
            self._features(
                source, torch.arange(min(HELD_OUT, len(source)), device=generator.device), generator
            )
            for source in (held_out, self.planets)
        ]

    def _features(self, source: Pairs, planets: Tensor, generator: torch.Generator) -> Tensor:
        observed: Observations = source.observed(planets, generator)
        return self.featurizer.features(observed)

    def epoch(self, steps: int, done: float, generator: torch.Generator) -> Iterator[Compared]:
        made = in_turn(len(self.pairs), steps, PLANETS, generator)
        seen = in_turn(len(self.planets), steps, PLANETS, generator)
        for step, item in enumerate(self.inner.epoch(steps, done, generator)):
            yield Compared(
                item,
                self._features(self.pairs, made[step], generator),
                self._features(self.planets, seen[step], generator),
            )

    def split(self, item: Compared, parts: int) -> list[Compared]:
        inner = self.inner.split(item.item, parts)
        made, seen = (torch.tensor_split(features, len(inner)) for features in (item.made, item.seen))
        return [Compared(*part) for part in zip(inner, made, seen, strict=True)]

    def loss(self, network: PosteriorNetwork, item: Compared, done: float) -> Loss:
        loss = self.inner.loss(network, item.item, done)
        return replace(loss, value=loss.value + self.weight * discrepancy(network, item.made, item.seen))

    def validation(self, network: PosteriorNetwork) -> float:
        with torch.no_grad():
            apart = float(discrepancy(network, *self.fixed))
        return self.inner.validation(network) + self.weight * apart


def discrepancy(network: PosteriorNetwork, made: Tensor, seen: Tensor) -> Tensor:
    """The squared MMD between the contexts that a network computes of two sets of features, a scalar."""
    context = network.context(torch.cat([made, seen]))
    return mmd(context[: len(made)], context[len(made) :])


@dataclass(frozen=True)
class WithAlignment:
    """Makes an objective with an alignment added.

    Attributes:
        objective: makes what it is added to.
        weight: of the alignment.
    """

    objective: ObjectiveFactory
    weight: float

    def __call__(self, data: TrainingData) -> Aligned:
        return Aligned(self.objective(data), data, self.weight)
