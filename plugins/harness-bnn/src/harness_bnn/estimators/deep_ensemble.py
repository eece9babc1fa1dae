"""An ensemble of networks that each predict a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from harness.challenges import Split
from harness.components.run import Run
from harness.training.objective import Objective
from harness.training.reading import Reading
from harness.training.sources import Sources
from harness_bnn.adversarial_likelihood import AdversarialLikelihood
from harness_bnn.heads import Head
from harness_bnn.layers import CertainLinear
from harness_bnn.options import LikelihoodOptions
from harness_bnn.stochastic_estimator import ResidualEstimator
from harness_bnn.trunks import ResidualTrunk


class DeepEnsemble(ResidualEstimator):
    """Networks with certain weights, trained apart from different beginnings, whose predictions are pooled.

    The spread of their means is the epistemic part: a single member has none.
    """

    class Options(LikelihoodOptions):
        members: int = Field(5, ge=1, le=100, description="networks trained apart, whose samples are pooled")
        epochs: int = Field(20, ge=1, description="epochs at most, of each member")
        adversarial: float = Field(
            0.0,
            ge=0,
            description="step of adversarial training by the sign of the gradient, in spreads of each "
            "feature; 0 for none",
        )

    source: ClassVar[str] = (
        "Lakshminarayanan, Pritzel & Blundell 2017, Simple and Scalable Predictive Uncertainty Estimation "
        "using Deep Ensembles, https://arxiv.org/abs/1612.01474"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {**ResidualEstimator.contract_options, "members": 2}

    def _trunk(self, n_context: int, n_outputs: int) -> ResidualTrunk:
        layer, options = CertainLinear, self.options
        return ResidualTrunk(
            n_context, n_outputs, options.width, options.depth, first=layer, hidden=layer, last=layer
        )

    def _head(self) -> Head:
        head: Head = self.options.head(len(self.schema.parameters))
        return head

    def _objective(
        self, reading: Reading, sources: Sources, train: Split, valid: Split, run: Run
    ) -> Objective[Any]:
        if self.options.adversarial == 0:
            return super()._objective(reading, sources, train, valid, run)
        held_out = sources.held_out.fixed(run.generator("validation"))
        return AdversarialLikelihood(
            reading, sources.train, self.options.batch, held_out, self.options.adversarial
        )
