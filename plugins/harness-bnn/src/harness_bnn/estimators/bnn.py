"""A Bayesian neural network by mean-field variational inference."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from harness.training import Recipe, TrainedEstimator
from harness_bnn.layers import CertainLinear, LayerFactory
from harness_bnn.options import CONTRACT_OPTIONS, LikelihoodOptions
from harness_bnn.penalised_likelihood import PenalisedLikelihood
from harness_bnn.stochastic_density import StochasticDensity
from harness_bnn.variational import VariationalLinear


class BNN(TrainedEstimator):
    """An independent normal distribution of each weight, learned by variational inference.

    What is maximised is the likelihood less `kl_weight` times the divergence from the prior: the evidence
    lower bound at 1. The default, 0.1, gives a tempered posterior, that of planets which are each there ten
    times. The divergence enters by and by; the weights kept are those of the epoch that is best on planets
    held out, at the divergence's final weight.
    """

    class Options(LikelihoodOptions):
        last_layer_only: bool = Field(
            False, description="only the last layer has a distribution over its weights"
        )
        prior: float = Field(
            1.0,
            gt=0,
            description="standard deviation of the prior of biases, and times sqrt(inputs) of weights",
        )
        kl_weight: float = Field(
            0.1,
            ge=0,
            description="final weight of the divergence from the prior: 1 for the evidence lower bound, less "
            "for a tempered posterior, which trusts the training planets more",
        )
        annealing: float = Field(
            0.5, ge=0, le=1, description="fraction of the training in which that weight rises from 0"
        )
        weight_decay: float = Field(0.0, ge=0, description="weight decay of AdamW, beside the prior")

    options: Options
    source: ClassVar[str] = (
        "Blundell, Cornebise, Kavukcuoglu & Wierstra 2015, https://arxiv.org/abs/1505.05424; "
        "Kingma, Salimans & Welling 2015, https://arxiv.org/abs/1506.02557"
    )

    contract_options: ClassVar[Mapping[str, Any]] = CONTRACT_OPTIONS
    default_embedder: ClassVar[str] = "none"

    def recipe(self) -> Recipe:
        options = self.options
        objective = partial(
            PenalisedLikelihood,
            batch=options.batch,
            weight=options.kl_weight,
            annealing=options.annealing,
        )
        return options.recipe(self.density, objective)

    def density(self, n_context: int) -> StochasticDensity:
        """A fresh network with a distribution over its weights, called once for each member."""
        options = self.options
        uncertain: LayerFactory = partial(VariationalLinear, prior=options.prior)
        other = CertainLinear if options.last_layer_only else uncertain
        head = options.head(len(self.schema.parameters))
        return options.density(n_context, head, first=other, hidden=other, last=uncertain)
