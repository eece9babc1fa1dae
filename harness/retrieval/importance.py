"""Samples of a density weighted by what the forward model says of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.data.evidence import Evidence
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.data.schema import Schema
from harness.metrics import thinned_rows
from harness.retrieval.corrected_likelihood import SpectrumLikelihoods

FEW = 100  # effective samples below which a posterior is called coarse


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

    Dax et al. 2023, Phys. Rev. Lett. 130, 171403 (https://arxiv.org/abs/2210.05686); for exoplanets, Gebhard
    et al. 2025, A&A 693, A42.

    Arguments:
        forward: of the challenge.
        schema: of the challenge.
    """

    forward: ForwardModel
    schema: Schema
    effective: list[Tensor] = field(default_factory=list)
    proposals: int = 0

    def __post_init__(self) -> None:
        self.likelihood = SpectrumLikelihoods(self.forward, self.schema)

    def posterior(
        self,
        observations: Observations,
        proposals: Tensor,
        log_density: Tensor,
        n: int,
        generator: torch.Generator,
    ) -> Posterior:
        """n of the proposals of each planet with their weights, and the evidence.

        Arguments:
            observations: B planets.
            proposals: (B, m, P) in their units; those that are not finite weigh nothing.
            log_density: of the proposals, per unit of each parameter (B, m).
            n: how many samples, at most m.
            generator: for which of the proposals are kept.
        """
        usable = proposals.isfinite().all(-1) & log_density.isfinite()
        log_likelihood = self.likelihood(
            observations, torch.where(usable[..., None], proposals, self._middle(proposals))
        )
        log_weights = log_likelihood + self._log_prior() - log_density.double()
        log_weights = torch.where(usable, log_weights, -torch.inf)
        highest = log_weights.amax(dim=1, keepdim=True)
        # a planet that no proposal explains keeps its proposals as they are
        weights = torch.where(highest > -torch.inf, (log_weights - highest).exp(), usable.double())
        weights = torch.minimum(weights, weights.mean(dim=1, keepdim=True) * math.sqrt(weights.shape[1]))
        evidence = Evidence.of_log_weights(log_weights, weights)
        self.effective.append(evidence.effective_size.cpu())
        self.proposals += weights.numel()
        u = torch.rand(len(weights), generator=generator, dtype=weights.dtype, device=generator.device)
        rows, kept = thinned_rows(weights, n, u)
        samples = proposals.gather(1, rows[..., None].expand(-1, -1, proposals.shape[-1]))
        return Posterior(samples, kept, evidence=evidence)

    def sentence(self) -> str | None:
        """What to tell the user of planets for which too few proposals count; None where there are none."""
        effective = torch.cat(self.effective)
        few = int((effective < FEW).sum())
        if not few:
            return None
        return (
            f"{few} of {len(effective)} posteriors rest on fewer than {FEW} effective samples (median "
            f"{float(effective.median()):.0f} of {self.proposals // len(effective)} proposals): more "
            "proposals or a longer training make them smoother."
        )

    def _log_prior(self) -> float:
        """Of the uniform density within the bounds, per unit of each parameter."""
        return -sum(math.log(upper - lower) for lower, upper in self.schema.bounds)

    def _middle(self, like: Tensor) -> Tensor:
        """The middle of the prior (P,), which the forward model surely takes."""
        return torch.tensor(self.schema.bounds).mean(1).to(like)
