"""A Bayesian neural network by mean-field variational inference."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from harness.challenges import Split
from harness.components.run import Run
from harness.training.objective import Objective
from harness.training.reading import Reading
from harness.training.sources import Sources
from harness_bnn.heads import Head
from harness_bnn.layers import CertainLinear, LayerFactory
from harness_bnn.options import LikelihoodOptions
from harness_bnn.penalised_likelihood import PenalisedLikelihood
from harness_bnn.stochastic_estimator import ResidualEstimator
from harness_bnn.trunks import ResidualTrunk
from harness_bnn.variational import VariationalLinear


class BNN(ResidualEstimator):
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

    source: ClassVar[str] = (
        "Blundell, Cornebise, Kavukcuoglu & Wierstra 2015, https://arxiv.org/abs/1505.05424; "
        "Kingma, Salimans & Welling 2015, https://arxiv.org/abs/1506.02557"
    )

    def _trunk(self, n_context: int, n_outputs: int) -> ResidualTrunk:
        options = self.options
        uncertain: LayerFactory = partial(VariationalLinear, prior=options.prior)
        other = CertainLinear if options.last_layer_only else uncertain
        return ResidualTrunk(
            n_context, n_outputs, options.width, options.depth, first=other, hidden=other, last=uncertain
        )

    def _head(self) -> Head:
        head: Head = self.options.head(len(self.schema.parameters))
        return head

    def _objective(
        self, reading: Reading, sources: Sources, train: Split, valid: Split, run: Run
    ) -> Objective[Any]:
        options = self.options
        held_out = sources.held_out.fixed(run.generator("validation"))
        return PenalisedLikelihood(
            reading, sources.train, options.batch, held_out, options.kl_weight, options.annealing
        )
