"""The boosting estimator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from harness.components import Component
from harness.training import ChallengeSources, Ensemble, Recipe, TrainedEstimator
from harness.training.supervision import Kind
from harness_forest.boosted_quantiles import BoostedQuantiles
from harness_forest.boosting_training import BoostingTraining


class Boosting(TrainedEstimator):
    """Quantiles of each parameter by gradient boosting of trees; samples by their inverse distribution.

    One model is fitted for each parameter and quantile, by the quantile loss. Quantiles that cross are put in
    order. Samples of different parameters have the rank correlations that the parameters of planets held out
    have within their predicted distributions: one normal copula for all planets.
    """

    class Options(Component.Options):
        supervision: Kind = Field(
            "auto",
            description="what is learned from: parameters (of the training planets), traces (rows of "
            "reference traces), mix (both), simulations (pairs from the forward model under the prior), or "
            "auto: simulations where they can be made, else parameters, and traces beside them where there "
            "are any",
        )
        simulations: int = Field(
            15_000, ge=100, description="pairs to simulate, where simulations are learned from"
        )
        copies: int = Field(
            1, ge=1, le=100, description="observations of each pair, each with noise of its own"
        )
        trace_fraction: float = Field(
            0.1, gt=0, lt=1, description="share of trace rows in what is learned from, beside pairs"
        )
        trace_rows: int = Field(
            200, ge=1, description="rows drawn from each trace, where nothing but traces is learned from"
        )
        quantiles: int = Field(
            9,
            ge=3,
            le=99,
            description="quantiles of each parameter, from 2.3% to 97.7%",
        )
        iterations: int = Field(50, ge=1, le=10_000, description="trees of each quantile")
        leaves: int = Field(31, ge=2, le=1000, description="leaves of each tree, at most")
        min_samples_leaf: int = Field(20, ge=1, description="least number of training rows in a leaf")
        learning_rate: float = Field(0.15, gt=0, le=1, description="what is taken of each tree")
        bins: int = Field(64, ge=2, le=255, description="values of a feature that are told apart")
        copula: bool = Field(
            True, description="correlate the parameters of a sample; else they are independent"
        )

    options: Options
    source: ClassVar[str] = (
        "Friedman 2001, Greedy function approximation, Annals of Statistics 29, 1189; "
        "Ke et al. 2017, LightGBM, NeurIPS 30, 3146, as scikit-learn has it; "
        "Chernozhukov, Fernandez-Val & Galichon 2010, Quantile and probability curves without crossing, "
        "Econometrica 78, 1093"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "iterations": 4,
        "simulations": 200,
        "quantiles": 5,
        "leaves": 8,
    }
    trains_embedder: ClassVar[bool] = False
    default_embedder: ClassVar[str] = "none"

    def recipe(self) -> Recipe:
        options = self.options
        sources = ChallengeSources(options.supervision, options.simulations, options.trace_fraction)
        training = BoostingTraining(
            options.iterations,
            options.leaves,
            options.min_samples_leaf,
            options.learning_rate,
            options.bins,
            options.copies,
            options.trace_rows,
            options.copula,
        )
        return Recipe(sources, Ensemble(self.density, 1, training))

    def density(self, n_context: int) -> BoostedQuantiles:
        """Room for the trees, called once when they are grown and when they are loaded."""
        options = self.options
        return BoostedQuantiles(
            len(self.schema.parameters), n_context, options.quantiles, options.iterations, options.leaves
        )
