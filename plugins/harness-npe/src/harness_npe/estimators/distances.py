"""NPE trained with a distance between its samples and reference traces: ddKS, or the MMD."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Literal

from pydantic import Field
from torch import Tensor

from harness.data.schema import Schema
from harness.metrics.mmd import mmd
from harness.metrics.soft_ddks import soft_ddks
from harness.training import Recipe, TrainedEstimator, TrainingData
from harness.training.schedule import geometric
from harness_npe.distance_objective import (
    Annealing,
    Distance,
    FinalWeights,
    LikelihoodAndDistance,
    LikelihoodAndDistanceOfTraces,
)
from harness_npe.estimators.npe import CONTRACT_OPTIONS as NPE_CONTRACT_OPTIONS
from harness_npe.options import FlowOptions
from harness_npe.traced_sources import TracedSources

CONTRACT_OPTIONS = {**NPE_CONTRACT_OPTIONS, "distance_planets": 4, "distance_samples": 16}


class DistanceOptions(FlowOptions):
    """The options that trainings with a distance share."""

    warm_up: float = Field(
        0.92, ge=0, le=1, description="fraction of the training with likelihood alone, before the distance"
    )
    full: float = Field(
        0.96, ge=0, le=1, description="fraction of the training from which on the weights are final"
    )
    likelihood_weight: float = Field(
        0.3, ge=0, le=1, description="final weight of the likelihood; it begins at 1"
    )
    distance_weight: float = Field(3.0, gt=0, description="final weight of the distance; it begins at 0")
    distance_planets: int = Field(8, ge=1, description="planets with a trace that are compared at each step")
    distance_samples: int = Field(
        48, ge=8, description="samples of each, from the density and from its trace"
    )

    @property
    def final_weight(self) -> float:
        """Of the distance."""
        return self.distance_weight

    def recipe_with(self, schema: Schema, distance: Distance) -> Recipe:
        """An estimator's, with this distance, which is left to the second stage where there is one."""
        with_distance = partial(self.tuned if self.fine_tuning else self.objective, distance=distance)
        if self.fine_tuning:
            return self.recipe(schema, tuning=with_distance)
        recipe = self.recipe(schema, with_distance)
        return replace(recipe, sources=TracedSources(recipe.sources))

    def objective(self, data: TrainingData, distance: Distance) -> LikelihoodAndDistance:
        """Maximum likelihood first, then more and more this distance."""
        annealing = Annealing(self.warm_up, self.full, self.likelihood_weight, self.final_weight)
        return LikelihoodAndDistance(
            data, self.batch, distance, annealing, self.distance_planets, self.distance_samples
        )

    def tuned(self, data: TrainingData, distance: Distance) -> LikelihoodAndDistance:
        """Both from the first step of the second stage on."""
        annealing = FinalWeights(0.0, 1.0, self.likelihood_weight, self.final_weight)
        return LikelihoodAndDistanceOfTraces(
            data, distance, annealing, self.fine_tuning_planets, self.fine_tuning_rows
        )


class NPEDdKS(TrainedEstimator):
    """Likelihood first, then the d-dimensional Kolmogorov-Smirnov distance to reference traces.

    The distance is the soft form, whose temperature falls by equal factors as the distance gains
    weight.
    """

    class Options(DistanceOptions):
        temperature_first: float = Field(
            1.0, gt=0, description="temperature of the soft distance when it enters [spread of a posterior]"
        )
        temperature_last: float = Field(
            0.2, gt=0, description="temperature when the weights are final [spread of a posterior]"
        )

    options: Options
    source: ClassVar[str] = (
        "Hagen et al. 2021, Accelerated Computation of a High Dimensional Kolmogorov-Smirnov Distance, "
        "https://arxiv.org/abs/2106.13706"
    )
    contract_options: ClassVar[Mapping[str, Any]] = CONTRACT_OPTIONS

    def recipe(self) -> Recipe:
        return self.options.recipe_with(self.schema, self.distance)

    def distance(self, samples: Tensor, rows: Tensor, annealed: float) -> Tensor:
        """The soft ddKS distance of each planet (b,), at the temperature of this stage of the annealing."""
        options = self.options
        temperature = geometric(options.temperature_first, options.temperature_last, annealed)
        return soft_ddks(samples, rows, temperature)


class NPEMMD(TrainedEstimator):
    """Likelihood first, then the maximum mean discrepancy between its samples and reference traces."""

    class Options(DistanceOptions):
        kernel: Literal["rbf", "polynomial"] = Field(
            "rbf",
            description="kernel: Gaussians of several widths about the median distance, or a polynomial",
        )
        polynomial_weight: float = Field(
            0.06, gt=0, description="distance_weight of the polynomial kernel, whose gradients are larger"
        )

        @property
        def final_weight(self) -> float:
            return self.distance_weight if self.kernel == "rbf" else self.polynomial_weight

    options: Options
    source: ClassVar[str] = (
        "Gretton et al. 2012, A Kernel Two-Sample Test, Journal of Machine Learning Research 13, 723"
    )
    contract_options: ClassVar[Mapping[str, Any]] = CONTRACT_OPTIONS

    def recipe(self) -> Recipe:
        return self.options.recipe_with(self.schema, self.distance)

    def distance(self, samples: Tensor, rows: Tensor, annealed: float) -> Tensor:
        """The MMD of each planet (b,), which is the same at every stage of the annealing."""
        return mmd(samples, rows, self.options.kernel)
