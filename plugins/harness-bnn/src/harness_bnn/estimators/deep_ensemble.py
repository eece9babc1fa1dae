"""An ensemble of networks that each predict a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from harness.training import Recipe, TrainedEstimator
from harness.training.objective import ObjectiveFactory
from harness_bnn.adversarial_likelihood import AdversarialLikelihood
from harness_bnn.layers import CertainLinear
from harness_bnn.options import CONTRACT_OPTIONS, LikelihoodOptions
from harness_bnn.stochastic_density import StochasticDensity


class DeepEnsemble(TrainedEstimator):
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

    options: Options
    source: ClassVar[str] = (
        "Lakshminarayanan, Pritzel & Blundell 2017, Simple and Scalable Predictive Uncertainty Estimation "
        "using Deep Ensembles, https://arxiv.org/abs/1612.01474"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {**CONTRACT_OPTIONS, "members": 2}
    default_embedder: ClassVar[str] = "none"

    def recipe(self) -> Recipe:
        options = self.options
        objective: ObjectiveFactory | None = None
        if options.adversarial > 0:
            objective = partial(AdversarialLikelihood, batch=options.batch, epsilon=options.adversarial)
        return options.recipe(self.density, objective)

    def density(self, n_context: int) -> StochasticDensity:
        """A fresh network with certain weights, called once for each member."""
        layer, head = CertainLinear, self.options.head(len(self.schema.parameters))
        return self.options.density(n_context, head, first=layer, hidden=layer, last=layer)
