"""Samples of an ensemble's members, parameter by parameter, by how near it is to reference traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from harness.metrics import ks_distance
from harness.training import Batch, PooledSampler, TrainedNetworks, TrainingData
from harness.training.network import PosteriorNetwork
from harness.training.sources import traced_planets
from harness_npe.independent_density import IndependentDensity

KS_ROWS = 1000  # samples of each planet that members are judged by
KS_PLANETS = 256  # at most


class ApportionedSampler(PooledSampler):
    """Each member gives samples of a parameter in proportion to 1 - KS of it.

    KS is the member's mean distance from the traces of planets held out; without traces all members give
    as many.

    Arguments:
        joint: the parameters of a sample come from one member, by the mean of its distances; if not, each
            parameter's samples are put in an order of their own.

    Attributes:
        shares: of the samples of each parameter that a member gives (members, P).
    """

    shares: Tensor

    def __init__(self, joint: bool) -> None:
        self.joint = joint

    def fit(self, trained: TrainedNetworks, data: TrainingData) -> None:
        members, n_parameters = len(trained.members), len(trained.space.schema.parameters)
        self.shares = torch.full((members, n_parameters), 1 / members, device=data.run.device)
        if data.train.truth.n_traces == 0 or members == 1:
            return
        held_out = traced_planets(data.train, data.valid, data.run)[1]
        planets = torch.arange(min(KS_PLANETS, len(held_out)), device=data.run.device)
        distances = []
        for member in trained.members:
            generator = data.run.generator("choice of members")
            batch = held_out.draw(planets, KS_ROWS, generator)
            distances.append(_ks(member, trained, batch, generator))
        distance = torch.stack(distances)
        if self.joint:
            distance = distance.mean(dim=1, keepdim=True).expand_as(distance)
        nearness = (1 - distance).clamp(min=1e-6)
        self.shares = nearness / nearness.sum(0)

    def standardised(
        self, members: Sequence[PosteriorNetwork], features: Tensor, n: int, generator: torch.Generator
    ) -> Tensor:
        counts = apportioned(n, self.shares.cpu())
        drawn = [
            member.density.sample(member.context(features), int(most), generator)
            for member, most in zip(members, counts.amax(1), strict=True)
        ]
        order = torch.randperm(n, generator=generator, device=generator.device)
        columns = []
        for parameter in range(counts.shape[1]):
            parts = [one[:, : counts[m, parameter], parameter] for m, one in enumerate(drawn)]
            columns.append(torch.cat(parts, dim=1)[:, order])
            if not self.joint:
                order = torch.randperm(n, generator=generator, device=generator.device)
        return torch.stack(columns, dim=-1)

    def log_density(
        self, members: Sequence[PosteriorNetwork], standardised: Tensor, features: Tensor
    ) -> Tensor:
        logs = []
        for member in members:
            context = member.context(features)[:, None]
            if isinstance(member.density, IndependentDensity):
                logs.append(member.density.log_prob_of_each(standardised, context))
            else:
                logs.append(member.density.log_prob(standardised, context)[..., None])
        of_members = torch.stack(logs)  # (members, b, n, P), or 1 in place of P for a joint density
        shares = self.shares[:, None, None, : of_members.shape[-1]]
        return torch.logsumexp(of_members + shares.log(), dim=0).sum(-1)

    def state(self) -> dict[str, Tensor]:
        return {"shares": self.shares}

    def restore(self, trained: TrainedNetworks, state: Mapping[str, Tensor]) -> None:
        self.shares = state["shares"]


@torch.no_grad()
def _ks(
    member: PosteriorNetwork, trained: TrainedNetworks, traces: Batch, generator: torch.Generator
) -> Tensor:
    """Mean KS distance of each parameter (P,) between a member's samples and `KS_ROWS` rows of each trace."""
    batch = trained.featurizer(traces)
    samples = member.density.sample(member.context(batch.features), KS_ROWS, generator)
    return ks_distance(samples, batch.parameters.reshape(samples.shape)).mean(0).float()


def apportioned(n: int, shares: Tensor) -> Tensor:
    """Whole numbers (M, P) nearest to n times the shares (M, P) that sum to n in each column.

    What rounding down leaves over goes to the largest remainders (Hamilton's method).
    """
    exact = n * shares.double()
    counts = exact.floor()
    left = n - counts.sum(0)
    rank = (exact - counts).argsort(dim=0, descending=True, stable=True).argsort(dim=0)
    return (counts + (rank < left)).long()
