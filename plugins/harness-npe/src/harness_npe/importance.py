"""Samples of a density weighted by what the forward model says of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from harness.components import ForwardModel
from harness.components.run import Run
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.metrics import systematic_rows
from harness.training import PooledSampler, Sampler, TrainedNetworks
from harness.training.sampling import draw_in_portions

BLOCK = 8192  # spectra computed at once
FEW = 100  # effective samples below which a posterior is called coarse


@dataclass
class ImportanceSampling:
    r"""Neural importance sampling: the density proposes, the likelihood decides.

    Proposals :math:`\theta_i` of a density q get the weights

    .. math:: w_i = p(x \mid \theta_i) \, p(\theta_i) / q(\theta_i \mid x)

    with a Gaussian likelihood of the forward model's spectrum and the uniform prior within the bounds, and
    are resampled by them. What q misses stays missing; what it blurs becomes sharp. The largest weights are
    cut at sqrt(m) times the mean of the m weights (Ionides 2008, J. Comput. Graph. Stat. 17, 295).

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

    def log_likelihood(self, observations: Observations, parameters: Tensor) -> Tensor:
        """Of parameters (B, m, P), in their units, up to a constant of each planet (B, m), float64.

        Minus infinity where they make no planet.
        """
        planets, m, _ = parameters.shape
        rows = parameters.flatten(0, 1).double()
        planet_index = torch.arange(planets, device=rows.device).repeat_interleave(m)
        facts = host_facts(observations, self.schema, self.forward.needs)
        parts = []
        for block in torch.split(torch.arange(len(rows), device=rows.device), BLOCK):
            planet = planet_index[block]
            told = (None if one is None else one[planet] for one in facts)
            spectrum = self.forward(rows[block], *told).to(rows)
            deviation = (spectrum - observations.spectrum[planet]) / observations.noise[planet]
            parts.append(-0.5 * deviation.square().sum(-1))
        log_likelihood = torch.cat(parts).reshape(planets, m)
        return torch.where(log_likelihood.isfinite(), log_likelihood, -torch.inf)

    def resampled(
        self,
        observations: Observations,
        proposals: Tensor,
        log_density: Tensor,
        n: int,
        generator: torch.Generator,
    ) -> Tensor:
        """n samples (B, n, P) of each planet's posterior, those of high weight several times.

        Arguments:
            observations: the planets.
            proposals: (B, m, P) in their units; those that are not finite weigh nothing.
            log_density: of the proposals, per unit of each parameter (B, m).
            n: how many samples.
            generator: of the offsets of the systematic resampling.
        """
        usable = proposals.isfinite().all(-1) & log_density.isfinite()
        log_likelihood = self.log_likelihood(
            observations, torch.where(usable[..., None], proposals, self._middle(proposals))
        )
        log_weights = torch.where(usable, log_likelihood - log_density.double(), -torch.inf)
        highest = log_weights.amax(dim=1, keepdim=True)
        # a planet that no proposal explains keeps its proposals as they are
        weights = torch.where(highest > -torch.inf, (log_weights - highest).exp(), usable.double())
        weights = torch.minimum(weights, weights.mean(dim=1, keepdim=True) * math.sqrt(weights.shape[1]))
        self.effective.append(weights.sum(1).square() / weights.square().sum(1))
        self.proposals += weights.numel()
        u = torch.rand(len(weights), generator=generator, dtype=weights.dtype, device=generator.device)
        chosen = systematic_rows(weights, n, u)
        return proposals.gather(1, chosen[..., None].expand(-1, -1, proposals.shape[-1]))

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

    def _middle(self, like: Tensor) -> Tensor:
        """The middle of the prior (P,), which the forward model surely takes."""
        return torch.tensor(self.schema.bounds).mean(1).to(like)


class ImportanceSampler(Sampler):
    """Pools the members' samples as proposals, of which `ImportanceSampling` keeps some.

    Arguments:
        proposals: for each sample.
    """

    def __init__(self, proposals: int) -> None:
        self.proposals = proposals
        self.pooled = PooledSampler()

    def check(self, run: Run) -> None:
        self._forward_model(run)
        found = run.forward_check()
        if found is not None and not found.agrees:
            raise HarnessError(
                f"'{run.name}' with proposals={self.proposals} weights its samples with the challenge's "
                f"forward model, which {found.sentence()}: the weights would follow other physics. Leave "
                "proposals out, or give the opacities behind the spectra with --set challenge.opacities=DIR."
            )

    def _forward_model(self, run: Run) -> ForwardModel:
        forward = run.forward_model()
        if forward is None:
            raise HarnessError(
                f"'{run.name}' with proposals={self.proposals} weights its samples with a forward model, "
                "which this challenge does not have; proposals=0 does not need one."
            )
        return forward.quick()

    def sample(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Tensor:
        schema, generator = trained.space.schema, run.generator("sample")
        weighting = ImportanceSampling(self._forward_model(run), schema)

        def draw(some: Observations) -> Tensor:
            proposals = self.pooled.draw(trained, some, n * self.proposals, generator)
            log_density = self.pooled.log_prob(trained, some, proposals)
            return weighting.resampled(some, proposals, log_density, n, generator)

        samples = draw_in_portions(draw, observations, n, schema, run, generator)
        if (sentence := weighting.sentence()) is not None:
            run.warn(sentence)
        return samples

    def sample_quickly(
        self, trained: TrainedNetworks, observations: Observations, n: int, run: Run
    ) -> Tensor:
        """Samples of the density, not weighted."""
        return self.pooled.sample_quickly(trained, observations, n, run)

    def log_prob(self, trained: TrainedNetworks, observations: Observations, parameters: Tensor) -> Tensor:
        """The density of the proposals."""
        return self.pooled.log_prob(trained, observations, parameters)
