"""A conditional variational autoencoder of the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from harness.training import Ensemble, Recipe, TrainedEstimator, TrainingOptions
from harness_bnn.latent_density import LatentDensity


class VAE(TrainedEstimator):
    """Parameters by way of a latent variable: p(z | x), then p(theta | x, z) with a full covariance.

    What is maximised is a lower bound of the log density, by latent variables drawn from q(z | x, theta).
    """

    class Options(TrainingOptions):
        latent: int = Field(8, ge=1, description="length of the latent variable")
        width: int = Field(128, ge=1, description="units in each hidden layer")
        depth: int = Field(2, ge=0, le=50, description="residual blocks of each network, of two layers each")
        draws: int = Field(
            4,
            ge=1,
            le=1000,
            description="latent variables drawn for each pair at each step; 1 gives the evidence lower "
            "bound, more a bound that is nearer to the log density",
        )
        simulations: int = Field(
            30_000, ge=100, description="pairs to simulate, where simulations are learned from"
        )
        epochs: int = Field(20, ge=1, description="epochs at most")
        learning_rate: float = Field(5e-3, gt=0, le=1, description="learning rate at its peak")

    options: Options
    source: ClassVar[str] = (
        "Sohn, Lee & Yan 2015, Learning Structured Output Representation using Deep Conditional Generative "
        "Models, NeurIPS 28; as a posterior: Gabbard et al. 2022, Nature Physics 18, 112; "
        "Burda, Grosse & Salakhutdinov 2016, https://arxiv.org/abs/1509.00519"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "epochs": 2,
        "steps": 8,
        "batch": 32,
        "simulations": 200,
        "width": 16,
        "depth": 1,
    }

    def recipe(self) -> Recipe:
        return Recipe(self.options.sources(), Ensemble.of(self.options, self.density))

    def density(self, n_context: int) -> LatentDensity:
        """A fresh density with a latent variable, called once for each member."""
        options = self.options
        return LatentDensity(
            len(self.schema.parameters),
            n_context,
            options.latent,
            options.width,
            options.depth,
            options.draws,
        )
