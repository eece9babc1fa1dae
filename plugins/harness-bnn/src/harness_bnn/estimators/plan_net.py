"""plan-net: an ensemble of dropout networks with a full-covariance Gaussian likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from harness.training import Recipe, TrainedEstimator
from harness_bnn.dropout import ConcreteDropoutLinear, DropoutLinear
from harness_bnn.dropout_rates import write_dropout_rates
from harness_bnn.heads import GaussianMixtureHead
from harness_bnn.layers import CertainLinear, LayerFactory
from harness_bnn.options import CONTRACT_OPTIONS, ResidualOptions
from harness_bnn.penalised_likelihood import PenalisedLikelihood
from harness_bnn.stochastic_density import StochasticDensity


class PlanNet(TrainedEstimator):
    """Dropout networks trained apart, each predicting a mean and a Cholesky factor of the precision.

    Dropout stays on while sampling. Its rates are learned, as in the authors' own code, or all the same
    where `dropout` gives one; the features themselves are then never left out.
    """

    class Options(ResidualOptions):
        members: int = Field(5, ge=1, le=100, description="networks trained apart, whose samples are pooled")
        epochs: int = Field(20, ge=1, description="epochs at most, of each member")
        dropout: float | None = Field(
            None,
            ge=0,
            lt=1,
            description="dropout rate of every layer but the first; learned, for each layer, if not given",
        )
        length_scale: float = Field(
            0.01, gt=0, description="of the normal prior of weights: the inverse of its standard deviation"
        )
        weight_decay: float = Field(0.0, ge=0, description="weight decay of AdamW, beside the prior")

    options: Options
    source: ClassVar[str] = (
        "Cobb, Himes, Soboczenski et al. 2019, An Ensemble of Bayesian Neural Networks for Exoplanetary "
        "Atmospheric Retrieval, AJ 158, 33, https://arxiv.org/abs/1905.10659"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {**CONTRACT_OPTIONS, "members": 2}
    default_embedder: ClassVar[str] = "none"

    def recipe(self) -> Recipe:
        return self.options.recipe(self.density, partial(PenalisedLikelihood, batch=self.options.batch))

    def density(self, n_context: int) -> StochasticDensity:
        """A fresh dropout network, called once for each member."""
        options, head = self.options, GaussianMixtureHead(len(self.schema.parameters))
        if options.dropout is None:
            layer: LayerFactory = partial(ConcreteDropoutLinear, length_scale=options.length_scale)
            return options.density(n_context, head, first=layer, hidden=layer, last=layer)
        dropped: LayerFactory = partial(DropoutLinear, rate=options.dropout)
        return options.density(n_context, head, first=CertainLinear, hidden=dropped, last=dropped)

    def artifacts(self, directory: Path) -> None:
        """Beside the others, the rates of all layers as `dropout_rates.csv`."""
        super().artifacts(directory)
        write_dropout_rates(self.trained, directory)
