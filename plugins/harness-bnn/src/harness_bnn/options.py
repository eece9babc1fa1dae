"""The options that the estimators of this distribution share, and what is made by them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.training import Ensemble, Recipe, TrainingOptions
from harness.training.ensemble import DensityFactory
from harness.training.objective import ObjectiveFactory
from harness_bnn.heads import GaussianMixtureHead, Head
from harness_bnn.layers import LayerFactory
from harness_bnn.stochastic_density import StochasticDensity
from harness_bnn.training_noise import NoisySources
from harness_bnn.trunks import ResidualTrunk
from harness_bnn.weight_sampler import WeightSampler


class StochasticOptions(TrainingOptions):
    """Those of the training, and of the passes."""

    noise: float | None = Field(
        None,
        ge=0,
        description="noise drawn onto training spectra, in units of their own 1-sigma noise; 1 for ideal "
        "spectra, and 0 for those that carry it already, if not given",
    )
    uncertainty_passes: int = Field(
        128,
        ge=2,
        description="draws of the weights by which epistemic and aleatoric uncertainty are told apart",
    )

    def recipe(self, density: DensityFactory, objective: ObjectiveFactory | None = None) -> Recipe:
        """An ensemble of these densities, by maximum likelihood if there is no other objective."""
        return Recipe(
            NoisySources(self.sources(), self.noise),
            Ensemble.of(self, density, objective),
            WeightSampler(self.uncertainty_passes),
        )


class ResidualOptions(StochasticOptions):
    """Those of a residual network."""

    samples_per_pass: int = Field(
        4, ge=1, le=1000, description="posterior samples drawn under the same draw of the weights"
    )
    width: int = Field(128, ge=1, description="units in each hidden layer")
    depth: int = Field(2, ge=0, le=50, description="residual blocks, of two layers each")
    learning_rate: float = Field(5e-3, gt=0, le=1, description="learning rate at its peak")

    def density(
        self, n_context: int, head: Head, *, first: LayerFactory, hidden: LayerFactory, last: LayerFactory
    ) -> StochasticDensity:
        """A fresh residual network behind a likelihood.

        Arguments:
            n_context: numbers that it reads.
            head: the likelihood.
            first, hidden, last: make its layers, as for `ResidualTrunk`.
        """
        trunk = ResidualTrunk(
            n_context, head.n_outputs, self.width, self.depth, first=first, hidden=hidden, last=last
        )
        return StochasticDensity(head.n_parameters, n_context, trunk, head, self.samples_per_pass)


class LikelihoodOptions(ResidualOptions):
    """And the choice of a likelihood."""

    likelihood: Literal["gaussian", "mixture"] = Field(
        "mixture",
        description="what a draw of the weights predicts: a Gaussian with a full covariance, "
        "or a mixture of them",
    )
    components: int = Field(6, ge=2, le=100, description="Gaussians in a mixture")

    def head(self, n_parameters: int) -> GaussianMixtureHead:
        """The likelihood of so many parameters."""
        return GaussianMixtureHead(n_parameters, self.components if self.likelihood == "mixture" else 1)


# options that keep the contract suite quick
CONTRACT_OPTIONS = {
    "epochs": 2,
    "steps": 8,
    "batch": 32,
    "simulations": 200,
    "width": 16,
    "depth": 1,
    "uncertainty_passes": 4,
}
