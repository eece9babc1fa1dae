"""The options of the estimators that choose among flows."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Literal

from pydantic import Field, PositiveInt

from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.training import (
    ConditionalDensity,
    Ensemble,
    MaximumLikelihood,
    Recipe,
    SourceFinder,
    TrainingOptions,
)
from harness.training.fine_tuning import DescentOnTraces, FineTuned
from harness.training.objective import ObjectiveFactory
from harness.training.optimizers import Rule
from harness.training.trainer import TrainingSettings
from harness_npe.alignment import WithAlignment
from harness_npe.flows import build_density
from harness_npe.spectral_error import ErringSources, Size
from harness_npe.traced_sources import TracedSources


class FlowOptions(TrainingOptions):
    """Those of the training, and which density."""

    flow: Literal["nsf", "nsf-coupling", "maf", "naf", "unaf", "fmpe"] = Field(
        "nsf",
        description="density: neural spline flow (autoregressive, or coupling), masked autoregressive flow, "
        "neural autoregressive flow, unconstrained one, or flow matching",
    )
    simulations: int = Field(
        30_000, ge=100, description="pairs to simulate, where simulations are learned from"
    )
    epochs: int = Field(6, ge=1, description="epochs at most")
    batch: int = Field(512, ge=2, description="posterior samples learned from at each step")
    learning_rate: float = Field(7e-3, gt=0, le=1, description="learning rate at its peak")
    optimizer: Rule = Field(
        "muon",
        description="muon: matrices by orthogonalised momentum, all else by adamw; or adamw for all, which "
        "takes less time for a step and more than twice as many steps",
    )
    clip: float = Field(50.0, gt=0, description="largest norm of a gradient; longer ones are shortened")
    transforms: int | None = Field(
        None,
        ge=1,
        le=50,
        description="transforms of the flow one after the other; the flow's default if not given",
    )
    hidden: tuple[PositiveInt, ...] | None = Field(
        None, min_length=1, description="widths of the flow's hidden layers; the flow's default if not given"
    )
    fine_tuning: int = Field(
        0,
        ge=0,
        description="epochs at most of a second stage that learns from reference traces alone; 0 for none",
    )
    fine_tuning_rate: float = Field(1e-3, gt=0, le=1, description="its learning rate at its peak")
    fine_tuning_planets: int = Field(
        32, ge=1, le=1024, description="planets with a trace at each of its steps"
    )
    fine_tuning_rows: int = Field(
        32, ge=8, le=1024, description="rows of each planet's trace at each of its steps"
    )
    alignment: float = Field(
        0.0,
        ge=0,
        description="weight of the discrepancy between the embeddings of simulated spectra and of the "
        "challenge's own, which the first stage makes small beside its loss; 0 for none",
    )
    spectral_error: Size = Field(
        0.0,
        description="error that simulated spectra get beside the noise: the size of a smooth one [1-sigma "
        "noise], or 'learned' from what the forward model misses in training spectra; 0 for none",
    )

    def density(self, n_parameters: int, n_context: int) -> ConditionalDensity:
        """A fresh flow of so many parameters given so many numbers.

        Raises:
            HarnessError: the flow does not take one of the options given.
        """
        given = {"transforms": self.transforms, "hidden": self.hidden}
        options = {name: value for name, value in given.items() if value is not None}
        try:
            return build_density(self.flow, n_parameters, n_context, **options)
        except TypeError as error:
            raise HarnessError(
                f"The flow '{self.flow}' does not take all of the options {', '.join(options)}: {error}."
            ) from error

    def recipe(
        self,
        schema: Schema,
        objective: ObjectiveFactory | None = None,
        tuning: ObjectiveFactory | None = None,
    ) -> Recipe:
        """An estimator's.

        Arguments:
            schema: of the challenge.
            objective: of the training; maximum likelihood if not given.
            tuning: of the second stage, likewise.
        """
        first = objective or partial(MaximumLikelihood, batch=self.batch)
        if self.alignment:
            first = WithAlignment(first, self.alignment)
        ensemble = Ensemble.of(self, partial(self.density, len(schema.parameters)), first)
        sources: SourceFinder = self.sources()
        if self.spectral_error:
            sources = ErringSources(sources, self.spectral_error)
        if self.fine_tuning:
            needed = f"with fine_tuning={self.fine_tuning} learns from"
            sources = TracedSources(sources, needed, "fine_tuning=0 does not need any")
            rows = self.fine_tuning_planets * self.fine_tuning_rows
            tuning = tuning or partial(MaximumLikelihood, batch=rows)
            tuned = DescentOnTraces(tuning, self.tuning_settings(rows), self.fine_tuning_planets)
            ensemble.training = FineTuned(ensemble.training, tuned, self.fine_tuning_rows)
        return Recipe(sources, ensemble)

    def tuning_settings(self, rows: int) -> TrainingSettings:
        """How long and how fast to train in the second stage, with so many rows at a step."""
        return replace(
            self.settings(),
            epochs=self.fine_tuning,
            batch=rows,
            learning_rate=self.fine_tuning_rate,
            keep_start=True,
        )
