"""A dropout network whose rates are learned."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from harness.challenges import Split
from harness.components.run import Run
from harness.training.objective import Objective
from harness.training.reading import Reading
from harness.training.sources import Sources
from harness_bnn.dropout import ConcreteDropoutLinear, DropoutLinear
from harness_bnn.heads import Head
from harness_bnn.layers import LayerFactory
from harness_bnn.options import LikelihoodOptions
from harness_bnn.penalised_likelihood import PenalisedLikelihood
from harness_bnn.stochastic_density import StochasticDensity
from harness_bnn.stochastic_estimator import ResidualEstimator
from harness_bnn.trunks import ResidualTrunk


class ConcreteDropout(ResidualEstimator):
    """Every layer leaves out its inputs at a rate of its own, which is learned with its weights.

    The entropy of leaving out speaks for rates near a half, the likelihood for small ones: the more planets
    are learned from, the smaller they become.
    """

    class Options(LikelihoodOptions):
        length_scale: float = Field(
            0.01, gt=0, description="of the normal prior of weights: the inverse of its standard deviation"
        )
        weight_decay: float = Field(0.0, ge=0, description="weight decay of AdamW, beside the prior")

    source: ClassVar[str] = "Gal, Hron & Kendall 2017, Concrete Dropout, https://arxiv.org/abs/1705.07832"

    def _trunk(self, n_context: int, n_outputs: int) -> ResidualTrunk:
        options = self.options
        layer: LayerFactory = partial(ConcreteDropoutLinear, length_scale=options.length_scale)
        return ResidualTrunk(
            n_context, n_outputs, options.width, options.depth, first=layer, hidden=layer, last=layer
        )

    def _head(self) -> Head:
        head: Head = self.options.head(len(self.schema.parameters))
        return head

    def _objective(
        self, reading: Reading, sources: Sources, train: Split, valid: Split, run: Run
    ) -> Objective[Any]:
        held_out = sources.held_out.fixed(run.generator("validation"))
        return PenalisedLikelihood(reading, sources.train, self.options.batch, held_out, 1.0, 0.0)

    def rates(self) -> list[list[float]]:
        """The dropout rates of each member, from the first layer that has one to the last."""
        return [
            [
                float(layer.rate)
                for layer in member.density.trunk.layers
                if isinstance(layer, ConcreteDropoutLinear | DropoutLinear)
            ]
            for member in self.members
            if isinstance(member.density, StochasticDensity)
        ]

    def artifacts(self, directory: Path) -> None:
        """Beside the others, the learned rates as `dropout_rates.csv`."""
        super().artifacts(directory)
        lines = ["member,layer,rate"]
        for member, rates in enumerate(self.rates(), start=1):
            lines += [f"{member},{layer},{rate:.6g}" for layer, rate in enumerate(rates, start=1)]
        (directory / "dropout_rates.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
