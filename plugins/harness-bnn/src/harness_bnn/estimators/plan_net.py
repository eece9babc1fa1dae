"""plan-net: an ensemble of dropout networks with a full-covariance Gaussian likelihood."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from harness_bnn.dropout import DropoutLinear
from harness_bnn.estimators.concrete_dropout import ConcreteDropout
from harness_bnn.heads import GaussianMixtureHead, Head
from harness_bnn.layers import CertainLinear, LayerFactory
from harness_bnn.options import ResidualOptions
from harness_bnn.trunks import ResidualTrunk


class PlanNet(ConcreteDropout):
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

    source: ClassVar[str] = (
        "Cobb, Himes, Soboczenski et al. 2019, An Ensemble of Bayesian Neural Networks for Exoplanetary "
        "Atmospheric Retrieval, AJ 158, 33, https://arxiv.org/abs/1905.10659"
    )
    contract_options: ClassVar[Any] = {**ConcreteDropout.contract_options, "members": 2}

    def _trunk(self, n_context: int, n_outputs: int) -> ResidualTrunk:
        options = self.options
        if options.dropout is None:
            return super()._trunk(n_context, n_outputs)
        dropped: LayerFactory = partial(DropoutLinear, rate=options.dropout)
        return ResidualTrunk(
            n_context,
            n_outputs,
            options.width,
            options.depth,
            first=CertainLinear,
            hidden=dropped,
            last=dropped,
        )

    def _head(self) -> Head:
        return GaussianMixtureHead(len(self.schema.parameters))
