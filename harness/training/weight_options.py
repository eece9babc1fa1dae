"""The options of every trained density whose samples the forward model may weight."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from harness.components import Component, ForwardModel
from harness.components.places import found_from_anywhere
from harness.data.schema import Schema
from harness.fitted_retrieval.model import FittedRetrieval
from harness.registry.emulators import emulated
from harness.retrieval.importance import ImportanceSampling


class WeightOptions(Component.Options):
    """Importance weights: how many proposals, until when, and what weighs them."""

    proposals: int = Field(
        0,
        ge=0,
        le=1000,
        description="importance sampling: proposals of the density for each sample, weighted by the "
        "likelihood under the challenge's forward model; 0 for the density's samples as they are",
    )
    effective_size: int = Field(
        0,
        ge=0,
        description="effective sample size to reach, where there are proposals: planets below it get more "
        "rounds of as many, from kernels about those that count; 0 for one round",
    )
    max_proposals: int = Field(
        10, ge=1, le=10_000, description="proposals for each sample after which a planet gets no more rounds"
    )
    emulator: str | None = Field(
        None,
        description="file of an emulator of the forward model, such as 'harness emulator train' writes, to "
        "weight proposals with; the model itself weights those that are kept",
    )

    _recorded_whole = field_validator("emulator")(found_from_anywhere)
    of_proposals: ClassVar[tuple[str, ...]] = ("effective_size", "emulator", "weighed_by")  # and nothing else

    @field_validator("effective_size", "emulator", "weighed_by", check_fields=False)  # the last of a subclass
    @classmethod
    def _refuse_without(cls, value: int | str | None, others: ValidationInfo) -> int | str | None:
        name = str(others.field_name)
        asked = value and value != cls.model_fields[name].default  # records hold what is there by default
        if asked and name in cls.of_proposals and others.data.get("proposals") == 0:
            raise ValueError("it weighs proposals, and there are none; ask for some too, as with proposals=2")
        return value

    @field_validator("max_proposals")
    @classmethod
    def _refuse_without_rounds(cls, value: int, others: ValidationInfo) -> int:
        if value != cls.model_fields["max_proposals"].default and not (
            others.data.get("proposals") and others.data.get("effective_size")
        ):
            raise ValueError(
                "it ends rounds of proposals, and there are none; ask for some too, as with proposals=2 and "
                "effective_size=1000"
            )
        if value < 2 * others.data.get("proposals", 0) and value != cls.model_fields["max_proposals"].default:
            raise ValueError(
                f"it leaves no second round of {others.data['proposals']}; expected at least twice as many "
                "as proposals, or no effective_size"
            )
        return value

    def emulator_of(self, forward: ForwardModel, schema: Schema) -> ForwardModel | None:
        """The emulator of a forward model that was given, if one was.

        Raises:
            HarnessError: the file holds none of this model.
        """
        if self.emulator is None:
            return None
        return emulated(forward, self.emulator, schema).emulator

    def weighting(self, forward: ForwardModel, schema: Schema) -> ImportanceSampling:
        """What weights proposals, by a forward model of the schema's planets.

        Raises:
            HarnessError: as `emulator_of`.
        """
        emulator = self.emulator_of(forward, schema)
        return ImportanceSampling(forward.quick(), schema, float(self.effective_size), self.rounds, emulator)

    @property
    def rounds(self) -> int:
        """How many there may be."""
        return max(1, self.max_proposals // max(1, self.proposals)) if self.effective_size else 1


class TracedWeightOptions(WeightOptions):
    """The same, of a density that may have learned from traces: weights may follow these too."""

    weighed_by: Literal["forward-model", "traces"] = Field(
        "forward-model",
        description="whose likelihood weights proposals: that of the challenge's forward model, or that of "
        "the retrieval behind the reference posteriors, learned from the training planets' traces",
    )

    def retrieval_weighting(self, retrieval: FittedRetrieval, schema: Schema) -> ImportanceSampling:
        """What weights proposals by a retrieval that was learned."""
        wanted, rounds = float(self.effective_size), self.rounds
        return ImportanceSampling(retrieval, schema, wanted, rounds, seen=retrieval.seen)
