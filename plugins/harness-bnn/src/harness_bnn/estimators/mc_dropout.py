"""The challenge's own baseline of 2023: a convolutional network with dropout while sampling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from pydantic import Field, PositiveInt
from torch import nn
from torch.distributions import Transform
from torch.distributions.transforms import identity_transform

from harness.data.observations import Observations
from harness.training import Recipe, TrainedEstimator
from harness.training.schedule import Shape
from harness.training.space import ParameterSpace
from harness.training.supervision import Kind
from harness.training.trainer import TrainingSettings
from harness_bnn.baseline_cnn import BaselineCNN
from harness_bnn.dropout import DropoutLinear
from harness_bnn.heads import PointHead
from harness_bnn.layers import CertainLinear, LayerFactory
from harness_bnn.options import StochasticOptions
from harness_bnn.stochastic_density import StochasticDensity
from harness_bnn.training_noise import CopiedSources
from harness_bnn.trunks import DenseTrunk
from harness_bnn.weight_sampler import WeightSampler


class LinearSpace(ParameterSpace):
    """Parameters standardised as they are, without a map to an unbounded space.

    What is sampled outside the prior bounds is moved to the bound, as the challenge's scorer does.
    """

    def transform(self, observations: Observations) -> Transform:
        return identity_transform


class MCDropout(TrainedEstimator):
    """Least squares on the parameters of training planets; a sample is a prediction under one dropout mask.

    Convolutions, which have no dropout, are computed once for a planet; so is the first dense layer. The
    posterior is the spread of the network's predictions: there is no likelihood, and all of it is epistemic.
    """

    class Options(StochasticOptions):
        supervision: Kind = Field(
            "parameters", description="what is learned from, as for the other estimators"
        )
        planets: int = Field(
            4000, ge=2, description="training planets that are learned from, the first of the challenge"
        )
        copies: int = Field(5, ge=1, le=100, description="noisy copies of each training spectrum, drawn once")
        dense: tuple[PositiveInt, ...] = Field(
            (500, 100), min_length=1, description="units of the dense layers"
        )
        dropout: float = Field(0.1, gt=0, lt=1, description="dropout rate after each dense layer")
        epochs: int = Field(30, ge=1, description="epochs")
        steps: int = Field(625, ge=1, description="steps of each epoch")
        batch: int = Field(32, ge=2, description="spectra learned from at each step")
        learning_rate: float = Field(1e-3, gt=0, le=1, description="learning rate")
        schedule: Shape = Field(
            "constant", description="learning rate: falling as a cosine, halved on a plateau, or constant"
        )
        patience: int = Field(
            30, ge=1, description="epochs without a better held-out loss before stopping early"
        )
        clip: float = Field(1e6, gt=0, description="largest norm of a gradient; longer ones are shortened")
        averaging: float = Field(
            0.0, ge=0, lt=1, description="decay of the running average of the weights; 0 for none"
        )
        weight_decay: float = Field(0.0, ge=0, description="weight decay of AdamW")

        def settings(self) -> TrainingSettings:
            """As for others, but with the weights of the last epoch instead of the best."""
            return replace(super().settings(), keep_last=True)

    options: Options
    source: ClassVar[str] = (
        "The baseline of the Ariel Data Challenge 2023, https://github.com/ucl-exoplanets/ADC2023-baseline; "
        "Gal & Ghahramani 2016, Dropout as a Bayesian Approximation, https://arxiv.org/abs/1506.02142"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "epochs": 2,
        "steps": 8,
        "dense": (32, 16),
        "uncertainty_passes": 4,
    }
    default_preprocessor: ClassVar[str] = "global-standardize"
    default_embedder: ClassVar[str] = "baseline-cnn"

    def unsuitable(self) -> str | None:
        if isinstance(self.embedder, BaselineCNN):
            return self.embedder.too_short(len(self.schema.wavelength))
        return None

    def recipe(self) -> Recipe:
        options = self.options
        made = options.recipe(self.density)
        return replace(
            made,
            sources=CopiedSources(made.sources, options.planets, options.copies),
            sampler=WeightSampler(options.uncertainty_passes, has_density=False),
            space=LinearSpace,
        )

    def density(self, n_context: int) -> StochasticDensity:
        """A fresh network of dense layers, whose outputs are the parameters; called once for each member."""
        head = PointHead(len(self.schema.parameters))
        dropped: LayerFactory = partial(DropoutLinear, rate=self.options.dropout)
        trunk = DenseTrunk(n_context, head.n_outputs, self.options.dense, first=CertainLinear, later=dropped)
        for module in trunk.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        return StochasticDensity(head.n_parameters, n_context, trunk, head)
