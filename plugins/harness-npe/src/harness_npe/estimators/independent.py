"""The winning recipe of the Ariel Data Challenge 2023: a flow for each parameter, trained on traces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from harness.challenges import Split
from harness.components.run import Run
from harness.metrics import ks_distance
from harness.training.density import ConditionalDensity
from harness.training.density_estimator import DensityEstimator
from harness.training.network import PosteriorNetwork
from harness.training.options import TrainingOptions
from harness.training.pairs import TracedPlanets
from harness.training.sources import traced_planets
from harness.training.supervision import Kind
from harness_npe.flows import build_density
from harness_npe.independent_density import IndependentDensity

KS_ROWS = 1000  # samples of each planet that members are judged by
KS_PLANETS = 256  # at most


class NPEIndependent(DensityEstimator):
    """One conditional spline flow for each parameter, trained on the weighted traces of ideal spectra.

    The context is the features themselves: the spectrum standardised by its own mean and spread, both
    of these, the noise, the auxiliary columns and what they say about the radius. Of an ensemble,
    parameter by parameter, each member gives samples in proportion to 1 - KS, its mean distance from
    the traces of held-out planets. Being independent, the parameters of a sample do not belong together;
    the option `joint` has one flow for all of them instead.
    """

    class Options(TrainingOptions):
        supervision: Kind = Field("traces", description="what is learned from, as for the other estimators")
        members: int = Field(2, ge=1, le=100, description="networks trained apart; the winners had 10")
        joint: bool = Field(False, description="one flow for all parameters instead of one for each")
        transforms: int = Field(2, ge=1, le=50, description="transforms of each flow one after the other")
        hidden: tuple[int, ...] = Field((128, 128), description="widths of each flow's hidden layers")
        bins: int = Field(16, ge=2, le=64, description="bins of each spline")
        rows_per_planet: int = Field(
            32, ge=1, le=1024, description="trace rows drawn for one planet at one step"
        )
        patience: int = Field(
            5, ge=1, description="epochs without a better held-out loss before stopping early"
        )
        batch: int = Field(2048, ge=2, description="posterior samples learned from at each step")

    source: ClassVar[str] = (
        "Aubin, Cuesta-Lazaro, Tregidga et al. 2023, Simulation-based Inference for Exoplanet Atmospheric "
        "Retrieval: Insights from winning the Ariel Data Challenge 2023 using Normalizing Flows, "
        "https://arxiv.org/abs/2309.09337"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "epochs": 2,
        "steps": 4,
        "batch": 64,
        "rows_per_planet": 4,
        "transforms": 1,
        "hidden": (16,),
        "bins": 4,
    }
    default_embedder: ClassVar[str] = "none"

    shares: Tensor  # (members, P): of the samples of each parameter that a member gives

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        super().fit(train, valid, run)
        self.shares = self._equal_shares(run.device)
        if train.truth.n_traces > 0 and len(self.members) > 1:
            held_out = traced_planets(train, valid, run)[1]
            distances = torch.stack([self._ks(member, held_out, run) for member in self.members])
            if self.options.joint:
                distances = distances.mean(dim=1, keepdim=True).expand_as(distances)
            nearness = (1 - distances).clamp(min=1e-6)
            self.shares = nearness / nearness.sum(0)

    def _equal_shares(self, device: torch.device) -> Tensor:
        members = len(self.members)
        return torch.full((members, len(self.schema.parameters)), 1 / members, device=device)

    def _ks(self, member: PosteriorNetwork, held_out: TracedPlanets, run: Run) -> Tensor:
        """Mean KS distance of each parameter (P,) from the traces of planets held out."""
        generator = run.generator("choice of members")
        planets = torch.arange(min(KS_PLANETS, len(held_out)), device=run.device)
        with torch.no_grad():
            prepared = self._reading()(held_out.draw(planets, KS_ROWS, generator))
            samples = member.density.sample(member.context(prepared.features), KS_ROWS, generator)
            return ks_distance(samples, prepared.parameters.reshape(samples.shape)).mean(0).float()

    def _density(self, n_context: int) -> ConditionalDensity:
        options, n_parameters = self.options, len(self.schema.parameters)
        shape = {"transforms": options.transforms, "hidden": options.hidden, "bins": options.bins}
        if options.joint:
            return build_density("nsf", n_parameters, n_context, **shape)
        return IndependentDensity(n_parameters, n_context, **shape)

    def _standardised_samples(self, features: Tensor, n: int, generator: torch.Generator) -> Tensor:
        """Samples (b, n, P), each parameter's from the members by their shares, in random order."""
        counts = apportioned(n, self.shares.cpu())
        drawn = [
            member.density.sample(member.context(features), int(most), generator)
            for member, most in zip(self.members, counts.amax(1), strict=True)
        ]
        order = torch.randperm(n, generator=generator, device=generator.device)
        columns = []
        for parameter in range(counts.shape[1]):
            parts = [one[:, : counts[m, parameter], parameter] for m, one in enumerate(drawn)]
            columns.append(torch.cat(parts, dim=1)[:, order])
            if not self.options.joint:
                order = torch.randperm(n, generator=generator, device=generator.device)
        return torch.stack(columns, dim=-1)

    def _log_density(self, standardised: Tensor, features: Tensor) -> Tensor:
        logs = []
        for member in self.members:
            context = member.context(features)[:, None]
            if isinstance(member.density, IndependentDensity):
                logs.append(member.density.log_prob_of_each(standardised, context))
            else:
                logs.append(member.density.log_prob(standardised, context)[..., None])
        of_members = torch.stack(logs)  # (members, b, n, P), or 1 in place of P for a joint density
        shares = self.shares[:, None, None, : of_members.shape[-1]]
        return torch.logsumexp(of_members + shares.log(), dim=0).sum(-1)

    def state(self) -> dict[str, Tensor]:
        return {**super().state(), "shares": self.shares}

    def restore(self, state: Mapping[str, Tensor], run: Run) -> None:
        super().restore(state, run)
        self.shares = state["shares"]


def apportioned(n: int, shares: Tensor) -> Tensor:
    """Whole numbers (M, P) nearest to n times the shares (M, P) that sum to n in each column.

    What rounding down leaves over goes to the largest remainders (Hamilton's method).
    """
    exact = n * shares.double()
    counts = exact.floor()
    left = n - counts.sum(0)
    rank = (exact - counts).argsort(dim=0, descending=True, stable=True).argsort(dim=0)
    return (counts + (rank < left)).long()
