"""Samples of trained densities, weighted by what the forward model says of them."""

from __future__ import annotations

from torch import Tensor

from harness.components import ForwardModel
from harness.components.run import Run
from harness.data.observations import Observations
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.retrieval.importance import ImportanceSampling
from harness.training.sampler import PooledSampler
from harness.training.sampling import Redrawn, finite_samples, in_portions
from harness.training.trained_networks import TrainedNetworks


class ImportanceSampler(PooledSampler):
    """Weights the members' pooled samples, the proposals, and keeps some of them (`ImportanceSampling`).

    Its `log_prob` is the density of the proposals.

    Arguments:
        proposals: for each sample.
    """

    def __init__(self, proposals: int) -> None:
        self.proposals = proposals

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

    def posterior(self, trained: TrainedNetworks, observations: Observations, n: int, run: Run) -> Posterior:
        schema, generator = trained.space.schema, run.generator("sample")
        weighting, redrawn = ImportanceSampling(self._forward_model(run), schema), Redrawn()
        m = n * self.proposals

        def propose(some: Observations) -> Tensor:
            return self.draw(trained, some, m, generator)

        def portion(some: Observations) -> Posterior:
            proposals = finite_samples(propose, some, schema, generator, redrawn)
            log_density = self.log_prob(trained, some, proposals)
            return weighting.posterior(some, proposals, log_density, n, generator)

        parts = in_portions(portion, observations, m, run, generator)
        redrawn.conclude(run)
        if (sentence := weighting.sentence()) is not None:
            run.warn(sentence)
        return Posterior.join(parts)
