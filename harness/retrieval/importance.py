"""Samples of a density weighted by what the forward model says of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.data.evidence import FEWEST, Evidence, lower_bound
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.metrics import thinned_rows
from harness.retrieval.adaptive_importance import Weighted, sample
from harness.retrieval.corrected_likelihood import SpectrumLikelihoods

FEW = 100  # effective samples below which a posterior is called coarse
# of log-evidences that kernels had a part in, 1-sigma: first proposals that keep out of one another's way, as
# the even draws of a flow do, have too few kernels about the others near them
OF_KERNELS = 0.025
LOST = 0.3  # the share of them that an emulator should leave when the model itself weighs anew

# (numbers of some of the planets (b,), values (b, m, P)) -> log density (b, m), per unit of each parameter
LogDensity = Callable[[Tensor, Tensor], Tensor]


@dataclass
class ImportanceSampling:
    r"""Neural importance sampling: the density proposes, the likelihood decides.

    Proposals :math:`\theta_i` of a density q get the weights

    .. math:: w_i = p(x \mid \theta_i) \, p(\theta_i) / q(\theta_i \mid x)

    with a Gaussian likelihood of the forward model's spectrum and the uniform prior within the bounds. What
    q misses stays missing; what it blurs becomes sharp. Their mean is the evidence
    (`harness.data.evidence.Evidence`). The largest weights are cut at sqrt(m) times the mean of the m weights
    (Ionides 2008, J. Comput. Graph. Stat. 17, 295). Of the m proposals n are kept, each at most once
    (`harness.metrics.thinned_rows`).

    Planets whose effective sample size is below the wanted one get more rounds, whose proposals come from
    kernels about what counts so far, and pool with the first (`harness.retrieval.adaptive_importance`).

    Dax et al. 2023, Phys. Rev. Lett. 130, 171403 (https://arxiv.org/abs/2210.05686); for exoplanets, Gebhard
    et al. 2025, A&A 693, A42.

    Arguments:
        forward: of the challenge.
        schema: of the challenge.
        wanted: effective sample size after which a planet has enough.
        rounds: of as many proposals each, at most.
        emulator: of the forward model, which then weighs the proposals; the forward model itself weighs anew
            what is kept of them.
        seen: planets as the forward model's retrieval takes them, with other error bars perhaps.

    Attributes:
        effective: sizes of the planets so far, a tensor of each call.
        by_emulator: the same before the forward model weighed anew; of no call without an emulator.
        proposals: so far, of all planets.
    """

    forward: ForwardModel
    schema: Schema
    wanted: float = 0.0
    rounds: int = 1
    emulator: ForwardModel | None = None
    seen: Callable[[Observations], Observations] = lambda observations: observations
    effective: list[Tensor] = field(default_factory=list)
    by_emulator: list[Tensor] = field(default_factory=list)
    proposals: int = 0

    def __post_init__(self) -> None:
        self.exact = SpectrumLikelihoods(self.forward, self.schema)
        self.explored = (
            self.exact if self.emulator is None else SpectrumLikelihoods(self.emulator, self.schema)
        )

    def posterior(
        self,
        observations: Observations,
        proposals: Tensor,
        log_density: LogDensity,
        n: int,
        generator: torch.Generator,
    ) -> Posterior:
        """n samples of each planet with their weights, and the evidence.

        Arguments:
            observations: B planets.
            proposals: the first round's (B, m, P) in their units; those that are not finite weigh nothing.
            log_density: of the density that they come from; called with the first proposals, where anything
                not finite weighs nothing, and with those of later rounds.
            n: how many samples, at most m.
            generator: for which of the proposals are kept, and for later rounds.
        """
        bounds = torch.tensor(self.schema.bounds, dtype=torch.float64, device=proposals.device).T
        usable = proposals.isfinite().all(-1)
        values = torch.where(usable[..., None], proposals.double(), bounds.mean(0))  # surely a planet
        of_first: list[Tensor] = []

        def density(rows: Tensor, at: Tensor) -> Tensor:
            found = log_density(rows, at.to(proposals.dtype)).double()
            good = found.isfinite() if of_first else found.isfinite() & usable
            found = torch.where(good, found, torch.inf)
            if not of_first:
                of_first.append(found)
            return found

        as_seen = self.seen(observations)
        weighted = sample(
            lambda m: values,
            density,
            lambda rows, at: self.explored(as_seen[rows.cpu()], at),
            bounds,
            torch.full((len(values),), float(self.wanted), dtype=torch.float64, device=values.device),
            [values.shape[1]] * self.rounds,
            generator,
        )
        found = self._kept(weighted, n, generator)
        in_rounds = torch.tensor([one.values.shape[1] > values.shape[1] for one in weighted])
        first = torch.cat([one.log_likelihood[:, : values.shape[1]] for one in weighted])
        bound = lower_bound(first - of_first[0] - (bounds[1] - bounds[0]).log().sum())
        assert found.evidence is not None
        error = found.evidence.error
        error = torch.where(in_rounds.to(error.device), (error.square() + OF_KERNELS**2).sqrt(), error)
        found = replace(found, evidence=replace(found.evidence, error=error, lower_bound=bound))
        if self.emulator is not None:
            found = self._weighed_anew(found, observations)
        assert found.evidence is not None
        self.effective.append(found.evidence.effective_size.cpu())
        return found

    def _kept(self, weighted: list[Weighted], n: int, generator: torch.Generator) -> Posterior:
        """What is kept of each planet's proposals; those with as many are thinned together."""
        u = torch.rand(
            len(weighted), generator=generator, dtype=torch.float64, device=weighted[0].values.device
        )
        lengths = torch.tensor([one.values.shape[1] for one in weighted])
        order, parts = [], []
        for length in sorted(set(lengths.tolist())):
            planets = (lengths == length).nonzero().squeeze(1)
            some = [weighted[planet] for planet in planets.tolist()]
            values = torch.cat([one.values for one in some])
            log_weights = torch.cat([one.log_weights for one in some])
            parts.append(_thinned(values, log_weights, n, u[planets.to(u.device)]))
            order.append(planets)
            self.proposals += log_weights.numel()
        return Posterior.join(parts)[torch.cat(order).argsort()]

    def _weighed_anew(self, found: Posterior, observations: Observations) -> Posterior:
        """The same samples under the likelihood of the forward model, where the emulator's was taken."""
        assert found.evidence is not None
        by_emulator = self.explored(observations, found.samples)
        ratio = self.exact(observations, found.samples) - by_emulator
        ratio = torch.where(ratio.isfinite(), ratio, -torch.inf)
        logs = found.weights.log() + ratio
        total = logs.logsumexp(dim=1, keepdim=True)
        lost = total.isneginf()  # where nothing is left, the weights stay
        weights = torch.where(lost, found.weights, (logs - total).exp())
        counted = _effective(weights) / _effective(found.weights)
        spread = (found.weights * ((ratio - total).exp() - 1).square()).sum(1)
        before = found.evidence
        self.by_emulator.append(before.effective_size.cpu())
        effective = torch.where(lost.squeeze(1), 0.0, before.effective_size * counted)
        error = (before.error.square() + spread / before.effective_size).sqrt()
        evidence = Evidence(
            effective,
            before.log_evidence + total.squeeze(1),
            torch.where(effective >= FEWEST, error, torch.inf),
        )
        return Posterior(found.samples, weights, evidence=evidence)

    def sentence(self, longer: str = "a longer training") -> str | None:
        """What to tell the user of planets for which too few proposals count; None where there are none.

        Arguments:
            longer: what, beside more proposals, brings the density closer to the posteriors.
        """
        effective = torch.cat(self.effective)
        few = effective < FEW
        if not few.any():
            return None
        remedy = f"more proposals or {longer} make them smoother."
        if self.by_emulator:
            before = torch.cat(self.by_emulator)
            if 2 * int((effective < LOST * before)[few].sum()) > int(few.sum()):
                remedy = (
                    f"by the emulator alone there are {float(before.median()):.0f} (median), and its errors "
                    "cost most of them; leave it out, or train one for longer."
                )
        return (
            f"{int(few.sum())} of {len(effective)} posteriors rest on fewer than {FEW} effective samples "
            f"(median {float(effective.median()):.0f} of {self.proposals // len(effective)} proposals): "
            f"{remedy}"
        )


def _thinned(values: Tensor, log_weights: Tensor, n: int, u: Tensor) -> Posterior:
    """n of the values (B, M, P) and their weights, from log weights (B, M); minus infinity for none."""
    highest = log_weights.amax(dim=1, keepdim=True)
    # a planet that no proposal explains keeps its proposals as they are
    weights = torch.where(highest > -torch.inf, (log_weights - highest).exp(), 1.0)
    weights = torch.minimum(weights, weights.mean(dim=1, keepdim=True) * math.sqrt(weights.shape[1]))
    evidence = Evidence.of_log_weights(log_weights, weights)
    rows, kept = thinned_rows(weights, n, u)
    samples = values.gather(1, rows[..., None].expand(-1, -1, values.shape[-1]))
    return Posterior(samples.float(), kept, evidence=evidence)


def _effective(weights: Tensor) -> Tensor:
    """Kish's effective sample size (B,) of weights (B, n) that sum to 1."""
    return weights.square().sum(1).reciprocal()
