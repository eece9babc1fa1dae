"""A density under weights that are drawn once: what importance weights take for the proposal.

A log density is a mean over some draws of the weights, samples come from others. Weights of samples need both
of one density, which is the mixture over the same draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from harness.data.observations import Observations
from harness.training import TrainedNetworks
from harness.training.proposal import Proposal
from harness.training.sampler import shares
from harness_bnn.heads import Head
from harness_bnn.stochastic_density import DENSITY_PASSES, StochasticDensity

ROWS_AT_ONCE, ROWS_AT_ONCE_ON_DEVICE = 512, 65_536  # parameters of a planet, each under all draws


@dataclass(frozen=True)
class Frozen:
    """One member under S draws of its weights for each of B planets.

    Attributes:
        head: outputs -> distribution of the parameters.
        outputs: (B, S, n_out).
    """

    head: Head
    outputs: Tensor

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Standardised parameters (B, n, P), each under one of the draws."""
        planets, passes, width = self.outputs.shape
        chosen = torch.randint(passes, (planets, n, 1), generator=generator, device=self.outputs.device)
        outputs = self.outputs.gather(1, chosen.expand(-1, -1, width))
        return self.head.sample(outputs, 1, generator).squeeze(2)

    def log_prob(self, theta: Tensor) -> Tensor:
        """Of standardised parameters (B, n, P): the mean over the draws (B, n)."""
        at_once = ROWS_AT_ONCE if theta.device.type == "cpu" else ROWS_AT_ONCE_ON_DEVICE
        parts = [
            self.head.log_prob(rows[:, :, None], self.outputs[:, None]).logsumexp(dim=-1)
            for rows in torch.split(theta, max(1, at_once // len(theta)), dim=1)
        ]
        return torch.cat(parts, dim=1) - math.log(self.outputs.shape[1])


class FrozenProposal(Proposal):
    """The pooled densities of all members, each under weights drawn once for every planet.

    Arguments:
        trained: networks whose densities are stochastic.
        observations: the B planets, on the device of the networks.
        seed: of the draws.
    """

    @torch.no_grad()
    def __init__(self, trained: TrainedNetworks, observations: Observations, seed: int) -> None:
        self.space = trained.space
        self.observations = observations
        features = trained.featurizer.features(observations)
        generator = torch.Generator(features.device).manual_seed(seed)
        self.members = []
        for member in trained.members:
            density = member.density
            assert isinstance(density, StochasticDensity)
            context = density.in_own_dtype(member.context(features))
            outputs = density.trunk(context, DENSITY_PASSES, generator)
            self.members.append(Frozen(density.head, outputs))

    @torch.no_grad()
    def draw(self, n: int, generator: torch.Generator, rows: Tensor | None = None) -> Tensor:
        members = self._members(rows)
        parts = [
            one.sample(size, generator)
            for one, size in zip(members, shares(n, len(members)), strict=True)
            if size > 0
        ]
        order = torch.randperm(n, generator=generator, device=generator.device)
        drawn = torch.cat(parts, dim=1)[:, order]
        drawn = torch.where(torch.isfinite(drawn), drawn, torch.nan)
        return self.space.physical(drawn, self.space.transform(self._some(rows)))

    @torch.no_grad()
    def log_density(self, parameters: Tensor, rows: Tensor | None = None) -> Tensor:
        transform = self.space.transform(self._some(rows))
        standardised = self.space.standardised(parameters, transform)
        members = self._members(rows)
        pooled = torch.stack([one.log_prob(standardised) for one in members]).logsumexp(dim=0)
        factor = self.space.log_density_factor(parameters, transform)
        return pooled - math.log(len(members)) + factor

    def _members(self, rows: Tensor | None) -> Sequence[Frozen]:
        if rows is None:
            return self.members
        return [Frozen(one.head, one.outputs[rows]) for one in self.members]

    def _some(self, rows: Tensor | None) -> Observations:
        return self.observations if rows is None else self.observations[rows.cpu()]
