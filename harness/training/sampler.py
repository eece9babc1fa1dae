"""How posterior samples come out of trained networks."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.split import Split
from harness.training.network import PosteriorNetwork
from harness.training.proposal import PooledProposal, Proposal
from harness.training.sampling import draw_in_portions
from harness.training.trained_networks import TrainedNetworks
from harness.training.training_data import TrainingData


class Sampler(ABC):
    """Draws posterior samples from the networks that a learner has trained.

    A sampler belongs to one estimator. What it learns beside the networks it keeps in tensors, which
    `state` names.

    Attributes:
        has_density: whether it has `log_prob` and `proposal`, without which samples cannot be weighted.
    """

    has_density: bool = False

    def lacking(self, train: Split) -> str | None:
        """What the training planets lack that sampling needs, as the end of "Its option ..."; else None.

        It is asked before a run begins.
        """
        return None

    def check(self, run: Run) -> None:
        """Refuse what could not be sampled; called by `fit` before anything is trained.

        Raises:
            HarnessError: the challenge lacks what sampling needs.
        """

    def begin(self, train: Split, run: Run) -> None:
        """Learn what needs no networks; called by `fit` before anything is simulated or trained.

        Raises:
            HarnessError: the challenge lacks what it is learned from.
        """

    def fit(self, trained: TrainedNetworks, data: TrainingData) -> None:
        """Learn what sampling needs beside the networks; called by `fit`, last of all."""

    @abstractmethod
    def sample(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Tensor:
        """Samples (N, n, P) in the units of the schema, finite and inside the prior; called by `posterior`.

        `harness.training.sampling.draw_in_portions` does it from a function that draws for some planets.
        """

    def posterior(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Posterior:
        """What the estimator answers: these samples, unless a subclass has weights for them."""
        return Posterior.equal(self.sample(trained, observations, n, run))

    def sample_quickly(
        self, trained: TrainedNetworks, observations: Observations, n: int, run: Run
    ) -> Tensor | None:
        """A few samples in no time, or None where there is no such way; called by `sample_quickly`.

        It leaves no trace in what `artifacts` writes.
        """
        return None

    def log_prob(self, trained: TrainedNetworks, observations: Observations, parameters: Tensor) -> Tensor:
        """The log posterior density (B, n) at parameters (B, n, P), per unit of each parameter.

        Called by `log_prob`, for a portion of the planets at a time.

        Raises:
            NotImplementedError: there is no density.
        """
        raise NotImplementedError(f"{type(self).__name__} has no density")

    def proposal(self, trained: TrainedNetworks, observations: Observations) -> Proposal:
        """What it proposes for some planets, and the exact density of that; for importance weights.

        Raises:
            NotImplementedError: there is no density.
        """
        raise NotImplementedError(f"{type(self).__name__} has no density")

    def sampling(self, observations: Observations, run: Run) -> None:
        """These planets are about to be sampled by `proposal`; for what `artifacts` tells of them."""

    def state(self) -> dict[str, Tensor]:
        """What `fit` learned, by name; called when the estimator is saved."""
        return {}

    def restore(self, trained: TrainedNetworks, state: Mapping[str, Tensor]) -> None:
        """Take back what `state` gave; called when a saved estimator is loaded.

        Arguments:
            trained: the networks, loaded already.
            state: all tensors of the estimator.
        """

    def artifacts(self, trained: TrainedNetworks, directory: Path) -> None:
        """Write what is worth keeping of the last `sample`; called when a run is recorded."""


class PooledSampler(Sampler):
    """Samples of all members' densities, about as many of each; the density is their mean.

    A subclass may pool them otherwise: `standardised` and `log_density`.
    """

    has_density = True

    def proposal(self, trained: TrainedNetworks, observations: Observations) -> Proposal:
        return PooledProposal(observations, partial(self.draw, trained), partial(self.log_prob, trained))

    def sample(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Tensor:
        return PooledSampler.sample_quickly(self, trained, observations, n, run)

    def sample_quickly(
        self, trained: TrainedNetworks, observations: Observations, n: int, run: Run
    ) -> Tensor:
        generator = run.generator("sample")

        def draw(some: Observations) -> Tensor:
            return self.draw(trained, some, n, generator)

        return draw_in_portions(draw, observations, n, trained.space.schema, run, generator)

    @torch.no_grad()
    def draw(
        self, trained: TrainedNetworks, observations: Observations, n: int, generator: torch.Generator
    ) -> Tensor:
        """Samples (B, n, P) in the units of the schema; NaN where one is not a number."""
        features = trained.featurizer.features(observations)
        drawn = self.standardised(trained.members, features, n, generator)
        drawn = torch.where(torch.isfinite(drawn), drawn, torch.nan)
        return trained.space.physical(drawn, trained.space.transform(observations))

    def standardised(
        self, members: Sequence[PosteriorNetwork], features: Tensor, n: int, generator: torch.Generator
    ) -> Tensor:
        """Standardised samples (B, n, P) in random order, given the features (B, F); called by `draw`."""
        parts = [
            member.density.sample(member.context(features), size, generator)
            for member, size in zip(members, shares(n, len(members)), strict=True)
            if size > 0
        ]
        order = torch.randperm(n, generator=generator, device=generator.device)
        return torch.cat(parts, dim=1)[:, order]

    @torch.no_grad()
    def log_prob(self, trained: TrainedNetworks, observations: Observations, parameters: Tensor) -> Tensor:
        space = trained.space
        transform = space.transform(observations)
        features = trained.featurizer.features(observations)
        standardised = space.standardised(parameters, transform)
        density = self.log_density(trained.members, standardised, features)
        return density + space.log_density_factor(parameters, transform)

    def log_density(
        self, members: Sequence[PosteriorNetwork], standardised: Tensor, features: Tensor
    ) -> Tensor:
        """Log of the density (B, n) of standardised parameters (B, n, P); called by `log_prob`."""
        of_members = [
            member.density.log_prob(standardised, member.context(features)[:, None]) for member in members
        ]
        return torch.logsumexp(torch.stack(of_members), dim=0) - math.log(len(members))


def shares(n: int, parts: int) -> list[int]:
    """n in so many whole numbers that differ by one at most."""
    return [n // parts + (number < n % parts) for number in range(parts)]
