"""A dropout network whose rates are learned."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from harness.training import Recipe, TrainedEstimator
from harness_bnn.dropout import ConcreteDropoutLinear
from harness_bnn.dropout_rates import write_dropout_rates
from harness_bnn.layers import LayerFactory
from harness_bnn.options import CONTRACT_OPTIONS, LikelihoodOptions
from harness_bnn.penalised_likelihood import PenalisedLikelihood
from harness_bnn.stochastic_density import StochasticDensity


class ConcreteDropout(TrainedEstimator):
    """Every layer leaves out its inputs at a rate of its own, which is learned with its weights.

    The entropy of leaving out speaks for rates near a half, the likelihood for small ones: the more planets
    are learned from, the smaller they become.
    """

    class Options(LikelihoodOptions):
        length_scale: float = Field(
            0.01, gt=0, description="of the normal prior of weights: the inverse of its standard deviation"
        )
        weight_decay: float = Field(0.0, ge=0, description="weight decay of AdamW, beside the prior")

    options: Options
    source: ClassVar[str] = "Gal, Hron & Kendall 2017, Concrete Dropout, https://arxiv.org/abs/1705.07832"

    contract_options: ClassVar[Mapping[str, Any]] = CONTRACT_OPTIONS
    default_embedder: ClassVar[str] = "none"

    def recipe(self) -> Recipe:
        return self.options.recipe(self.density, partial(PenalisedLikelihood, batch=self.options.batch))

    def density(self, n_context: int) -> StochasticDensity:
        """A fresh network all of whose layers learn their rates, called once for each member."""
        layer: LayerFactory = partial(ConcreteDropoutLinear, length_scale=self.options.length_scale)
        head = self.options.head(len(self.schema.parameters))
        return self.options.density(n_context, head, first=layer, hidden=layer, last=layer)

    def artifacts(self, directory: Path) -> None:
        """Beside the others, the learned rates as `dropout_rates.csv`."""
        super().artifacts(directory)
        write_dropout_rates(self.trained, directory)
