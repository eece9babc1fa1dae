"""Neural posterior estimation by maximum likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor

from harness.challenges import Observations, Split
from harness.components.run import Run
from harness.data.posterior import Posterior
from harness.errors import HarnessError
from harness.training.density import ConditionalDensity
from harness.training.density_estimator import DensityEstimator
from harness.training.pairs import Observed
from harness_npe.flows import build_density
from harness_npe.importance import ImportanceSampling
from harness_npe.options import FlowOptions


class NPE(DensityEstimator):
    """A conditional flow of the parameters given the spectrum, trained by maximum likelihood.

    With `proposals` its samples are weighted by the likelihood under the challenge's forward model
    (`harness_npe.importance`).
    """

    class Options(FlowOptions):
        pass

    source: ClassVar[str] = (
        "Papamakarios & Murray 2016, https://arxiv.org/abs/1605.06376; "
        "Greenberg et al. 2019, https://arxiv.org/abs/1905.07488; for atmospheres, Vasist et al. 2023, "
        "A&A 672, A147"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "epochs": 2,
        "steps": 8,
        "batch": 32,
        "simulations": 200,
        "transforms": 1,
        "hidden": (16,),
    }

    _weighting: ImportanceSampling | None = None

    def fit(self, train: Split, valid: Split, run: Run) -> None:
        self._choose_weighting(run)  # so that what cannot be sampled is not trained
        super().fit(train, valid, run)

    def sample(self, observations: Observations, n: int, run: Run) -> Posterior:
        self._choose_weighting(run)
        posterior = super().sample(observations, n, run)
        if self._weighting is not None and (sentence := self._weighting.sentence()) is not None:
            run.warn(sentence)
        return posterior

    def _draw(self, seen: Observed, n: int, generator: torch.Generator, rows: Tensor) -> Tensor:
        if self._weighting is None:
            return super()._draw(seen, n, generator, rows)
        proposals = super()._draw(seen, n * self.options.proposals, generator, rows)
        log_density = self._log_prob(seen[rows], proposals)
        return self._weighting.resampled(seen[rows], proposals, log_density, n, generator)

    def _choose_weighting(self, run: Run) -> None:
        self._weighting = None
        if not self.options.proposals:
            return
        forward = run.forward_model()
        if forward is None:
            raise HarnessError(
                f"'{run.name}' with proposals={self.options.proposals} weights its samples with a forward "
                "model, which this challenge does not have; proposals=0 does not need one."
            )
        self._weighting = ImportanceSampling(forward.quick(), self.schema)

    def _density(self, n_context: int) -> ConditionalDensity:
        options = self.options.density_options()
        try:
            return build_density(self.options.flow, len(self.schema.parameters), n_context, **options)
        except TypeError as error:
            raise HarnessError(
                f"The flow '{self.options.flow}' does not take all of the options {', '.join(options)}: "
                f"{error}."
            ) from error
