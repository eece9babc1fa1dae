"""The challenge's own baseline of 2023: a convolutional network with dropout while sampling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from pydantic import Field, PositiveInt
from torch import Tensor, nn
from torch.distributions import Transform
from torch.distributions.transforms import identity_transform

from harness.challenges import Observations, Split
from harness.components.run import Run
from harness.training.pairs import Observed
from harness.training.schedule import Shape
from harness.training.sources import Sources
from harness.training.space import ParameterSpace
from harness.training.supervision import Kind
from harness.training.trainer import Pace
from harness_bnn.baseline_cnn import BaselineCNN
from harness_bnn.dropout import DropoutLinear
from harness_bnn.heads import Head, PointHead
from harness_bnn.layers import CertainLinear, LayerFactory
from harness_bnn.options import StochasticOptions
from harness_bnn.stochastic_estimator import StochasticEstimator
from harness_bnn.training_noise import augmented
from harness_bnn.trunks import DenseTrunk


class LinearSpace(ParameterSpace):
    """Parameters standardised as they are, without a map to an unbounded space.

    What is sampled outside the prior bounds is moved to the bound, as the challenge's scorer does.
    """

    def transform(self, seen: Observed) -> Transform:
        return identity_transform


class MCDropout(StochasticEstimator):
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

        def pace(self) -> Pace:
            """As for others, but with the weights of the last epoch instead of the best."""
            return replace(super().pace(), keep_last=True)

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

    def _sources(self, train: Split, valid: Split, run: Run) -> Sources:
        sources = super()._sources(train, valid, run)
        pairs = sources.train.pairs
        if pairs is None:
            return sources
        noisy = augmented(pairs[: self.options.planets], self.options.copies, run.generator("noise"))
        return replace(sources, train=replace(sources.train, pairs=noisy))

    def _space(self) -> ParameterSpace:
        return LinearSpace(self._preprocessor, self.schema)

    def _trunk(self, n_context: int, n_outputs: int) -> DenseTrunk:
        dropped: LayerFactory = partial(DropoutLinear, rate=self.options.dropout)
        trunk = DenseTrunk(n_context, n_outputs, self.options.dense, first=CertainLinear, later=dropped)
        for module in trunk.modules():
            if isinstance(module, nn.Linear):
                nn.init.xavier_uniform_(module.weight)
                nn.init.zeros_(module.bias)
        return trunk

    def _head(self) -> Head:
        return PointHead(len(self.schema.parameters))

    def log_prob(self, observations: Observations, parameters: Tensor, run: Run) -> Tensor:
        raise NotImplementedError("predictions under dropout masks have no density")
