"""The winning recipe of the Ariel Data Challenge 2023: a flow for each parameter, trained on traces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from harness.training import ConditionalDensity, Ensemble, Recipe, TrainedEstimator, TrainingOptions
from harness.training.supervision import Kind
from harness_npe.apportioned import ApportionedSampler
from harness_npe.flows import build_density
from harness_npe.independent_density import IndependentDensity


class NPEIndependent(TrainedEstimator):
    """One conditional spline flow for each parameter, trained on the weighted traces of ideal spectra.

    The context is the features themselves: the spectrum standardised by its own mean and spread, both
    of these, the noise, the auxiliary columns and what they say about the radius. Of an ensemble,
    parameter by parameter, each member gives samples in proportion to 1 - KS, its mean distance from
    the traces of held-out planets. Being independent, the parameters of a sample do not belong together;
    the option `joint` has one flow for all of them instead.
    """

    class Options(TrainingOptions):
        supervision: Kind = Field("traces", description="what is learned from, as for the other estimators")
        members: int = Field(2, ge=1, le=100, description="networks trained apart; the winners had 10")
        joint: bool = Field(False, description="one flow for all parameters instead of one for each")
        transforms: int = Field(2, ge=1, le=50, description="transforms of each flow one after the other")
        hidden: tuple[int, ...] = Field((128, 128), description="widths of each flow's hidden layers")
        bins: int = Field(16, ge=2, le=64, description="bins of each spline")
        rows_per_planet: int = Field(
            32, ge=1, le=1024, description="trace rows drawn for one planet at one step"
        )
        patience: int = Field(
            5, ge=1, description="epochs without a better held-out loss before stopping early"
        )
        batch: int = Field(2048, ge=2, description="posterior samples learned from at each step")

    options: Options
    source: ClassVar[str] = (
        "Aubin, Cuesta-Lazaro, Tregidga et al. 2023, Simulation-based Inference for Exoplanet Atmospheric "
        "Retrieval: Insights from winning the Ariel Data Challenge 2023 using Normalizing Flows, "
        "https://arxiv.org/abs/2309.09337"
    )
    contract_options: ClassVar[Mapping[str, Any]] = {
        "epochs": 2,
        "steps": 4,
        "batch": 64,
        "rows_per_planet": 4,
        "transforms": 1,
        "hidden": (16,),
        "bins": 4,
    }
    default_embedder: ClassVar[str] = "none"

    sampler: ApportionedSampler

    def recipe(self) -> Recipe:
        options = self.options
        return Recipe(
            options.sources(), Ensemble.of(options, self.density), ApportionedSampler(options.joint)
        )

    def density(self, n_context: int) -> ConditionalDensity:
        """A fresh flow for each parameter, or one for all; called once for each member."""
        options, n_parameters = self.options, len(self.schema.parameters)
        shape: dict[str, Any] = {
            "transforms": options.transforms,
            "hidden": options.hidden,
            "bins": options.bins,
        }
        if options.joint:
            return build_density("nsf", n_parameters, n_context, **shape)
        return IndependentDensity(n_parameters, n_context, **shape)
