"""The options of variational inference."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from harness.training.weight_options import WeightOptions
from harness_npe.vi.ascent import AscentSettings
from harness_npe.vi.planet_flows import Shape


class VariationalOptions(WeightOptions):
    """The flow of each planet, how long it climbs, and what is made of it then."""

    of_proposals: ClassVar[tuple[str, ...]] = ("effective_size",)  # the flows climb with an emulator too

    proposals: int = Field(
        1,
        ge=0,
        le=1000,
        description="draws of the flow for each sample, weighted by the likelihood under the challenge's "
        "forward model; 0 for the flow's samples as they are",
    )
    effective_size: int = Field(
        1000,
        ge=0,
        description="effective sample size to reach: planets below it get rounds of further proposals, which "
        "find other modes than the one that a flow ended at; 0 for none",
    )
    transforms: int = Field(2, ge=1, le=20, description="splines of each flow one after the other")
    hidden: int = Field(32, ge=2, le=512, description="hidden units before each spline")
    bins: int = Field(8, ge=2, le=64, description="bins of each spline")
    steps: int = Field(300, ge=1, description="steps at most, those of the heat among them")
    draws: int = Field(16, ge=2, le=4096, description="draws of each planet's flow at a step")
    learning_rate: float = Field(2e-2, gt=0, le=1, description="learning rate at its peak; falls as a cosine")
    heat: float = Field(
        0.03,
        gt=0,
        le=1,
        description="what the log-likelihood is multiplied by at first; it rises to 1 by equal factors",
    )
    heated: int = Field(100, ge=0, description="steps until it is 1")
    tolerance: float = Field(
        0.03,
        ge=0,
        description="a planet is done when its evidence lower bound rises by less from 25 steps to the next "
        "[nat]",
    )
    planets: int = Field(32, ge=1, le=10_000, description="planets whose flows climb together")

    def shape(self, n_parameters: int) -> Shape:
        """Of each flow."""
        return Shape(n_parameters, self.transforms, self.hidden, self.bins)

    def settings(self) -> AscentSettings:
        """How long and how fast."""
        return AscentSettings(
            self.steps,
            self.draws,
            self.learning_rate,
            self.tolerance,
            self.heat,
            min(self.heated, self.steps - 1),
        )
