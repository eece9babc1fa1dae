"""Challenges whose forward model is the transmission model, and which opacities it has."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from pydantic import Field, field_validator, model_validator

from harness.challenges.ariel2023.forward_model import BUILT_IN, ArielForwardModel
from harness.components import Challenge, Component, ForwardModel
from harness.components.forward_check import check_forward_model, to_judge_by, uncheckable
from harness.components.places import found_from_anywhere
from harness.data.schema import Schema
from harness.fitted_opacities.learned import LearnedOpacities
from harness.fitted_opacities.settings import FitSettings

AUTO = "auto"
ENOUGH = 200  # training planets, to learn opacities from unasked


class OfTransmission(Challenge):
    """A challenge whose forward model is the transmission model."""

    learning: ClassVar[FitSettings] = FitSettings()  # how opacities of its own are learned
    _model: ForwardModel | None = None  # made once

    @property
    @abstractmethod
    def opacities(self) -> str:
        """The cross-sections of the forward model: `BUILT_IN`, `AUTO`, or a directory of opacity files."""

    @property
    def collisions(self) -> tuple[str, ...]:
        """Pairs whose collision-induced absorption the forward model includes, beside learned ones."""
        return ()

    def forward_model(self) -> ForwardModel:
        """The transmission model on the challenge's channels."""
        if self._model is None:
            self._model = self._suited() if self.opacities == AUTO else self._told(self.schema)
        return self._model

    def _told(self, schema: Schema) -> ArielForwardModel:
        return ArielForwardModel(schema, self.opacities, collisions=self.collisions)

    def unsaid(self, schema: Schema) -> tuple[str, ...]:
        """A sentence about units that opacity files do not say, if they are given and there are such."""
        return () if self.opacities == AUTO else self._told(schema).check()

    def _suited(self) -> ArielForwardModel:
        """With the built-in opacities where they make the training spectra.

        Else it has opacities that are learned from these when they are first needed; where there are too few
        of them, or they cannot be compared with a model's, or no opacities could make them, the built-in ones
        all the same.
        """
        built_in = ArielForwardModel(self.schema, BUILT_IN)
        planets = to_judge_by(self.train, self.valid)
        if len(self.train) < ENOUGH or uncheckable(built_in, planets, self.schema):
            return built_in
        found = check_forward_model(built_in, planets, self.schema)
        if found.agrees or found.in_vain:
            self._checked = (found,)
            return built_in
        learned = LearnedOpacities(
            self.train,
            self.valid,
            self.schema,
            built_in.directory,
            built_in.identity,
            self.spec,
            self.learning,
        )
        return ArielForwardModel(self.schema, learned)


class WithOpacities(OfTransmission):
    """A challenge of the transmission model, whose opacities are an option."""

    class Options(Component.Options):
        opacities: str = Field(
            AUTO,
            description="cross-sections of the forward model: 'built-in' (a band model), a directory of "
            "opacity files, or 'auto': the built-in ones where they make the training spectra, else those "
            "learned from these when they are first needed, once, which takes minutes",
        )
        collisions: tuple[str, ...] = Field(
            (),
            description="pairs whose collision-induced absorption the forward model includes, such as "
            '["H2-H2", "H2-He"], from .cia files beside the opacities; learned ones bring theirs',
        )

        @field_validator("opacities")
        @classmethod
        def _found_from_anywhere(cls, opacities: str) -> str:
            """A directory is recorded so that it is found again from any folder."""
            return opacities if opacities in (AUTO, BUILT_IN) else found_from_anywhere(opacities)

        @model_validator(mode="after")
        def _collisions_of_what_is_told(self) -> WithOpacities.Options:
            if self.collisions and self.opacities == AUTO:
                raise ValueError(
                    "collisions are those of opacities that are given: name these too (opacities=built-in or "
                    "a directory), or leave collisions out, and they are learned where the spectra show them"
                )
            return self

    options: Options

    @property
    def opacities(self) -> str:
        return self.options.opacities

    @property
    def collisions(self) -> tuple[str, ...]:
        return self.options.collisions
