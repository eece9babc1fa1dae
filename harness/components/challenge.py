"""The base class of a challenge."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import ValidationError

from harness.components.component import Component
from harness.components.forward_check import ForwardCheck, check_forward_model, to_judge_by, uncheckable
from harness.components.forward_model import ForwardModel
from harness.data.contents import fault_in
from harness.data.fingerprint import fingerprint
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.untrusted.words import printable


class Challenge(Component, ABC):
    """Planets to learn from and planets to be scored on.

    A subclass implements `read`, which returns the schema and the splits; everything else follows.

    Attributes:
        needs_location: whether the name is followed by a colon and a path.
        location: that path, as it was written.
        scorers: the scorers run by default, the one that ranks the leaderboard first.
        notes: what `read` found worth telling about the data: a sentence for each thing that is
            missing, is not used, or was not as its format says.
    """

    needs_location: ClassVar[bool] = False
    notes: tuple[str, ...] = ()
    scorers: tuple[str, ...] = ("ariel", "ariel-official", "r2", "rmse", "crps", "coverage")

    _contents: tuple[Schema, Mapping[str, Split]] | None = None  # what `read` gave
    _given: tuple[Schema, Mapping[str, Split]] | None = None  # what there is instead of reading
    _fingerprint: str | None = None
    _checked: tuple[ForwardCheck | None] | None = None  # what `forward_check` found

    def __init__(self, options: Component.Options | None = None, *, location: str | None = None) -> None:
        super().__init__(options)
        self.location = location

    @classmethod
    def create(cls, values: Mapping[str, Any] | None = None, *, name: str = "", **arguments: Any) -> Self:
        """The challenge with the options given by name, and the `location` of its data if it needs one.

        Raises:
            HarnessError: an option is unknown or wrong, or a location is missing or not needed.
        """
        challenge = super().create(values, name=name, **arguments)
        called, location = challenge.name, challenge.location
        if cls.needs_location and not location:
            raise HarnessError(
                f"Challenge '{called}' needs to know where its data lie: write '{called}:PATH'."
            )
        if location and not cls.needs_location:
            raise HarnessError(f"Challenge '{called}' takes no path, but '{location}' was given.")
        return challenge

    @property
    def spec(self) -> str:
        """How to open it again: its name, and its location where it has one."""
        return f"{self.name}:{self.location}" if self.location else self.name

    @abstractmethod
    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        """The schema and the splits "train", "valid", "test", and "unlabelled" where there is one.

        Raises:
            HarnessError: the data are missing or damaged.
        """

    @property
    def schema(self) -> Schema:
        return self._read_once()[0]

    @property
    def splits(self) -> Mapping[str, Split]:
        return self._read_once()[1]

    def _read_once(self) -> tuple[Schema, Mapping[str, Split]]:
        if self._contents is None:
            try:
                contents = self.read()
            except ValidationError as error:
                if error.title != Schema.__name__:
                    raise
                # names and numbers are a file's, so that it is to blame
                found = printable(error.errors()[0]["msg"].removeprefix("Value error, "))
                raise HarnessError(f"{self.spec} cannot be read as a challenge: {found}.") from error
            if fault := fault_in(contents):
                raise HarnessError(f"{self.spec} cannot be used as a challenge: {printable(fault)}.")
            self._contents = contents
        return self._contents

    @property
    def train(self) -> Split:
        return self._split_named("train")

    @property
    def valid(self) -> Split:
        return self._split_named("valid")

    @property
    def test(self) -> Split:
        """The planets that runs are scored on."""
        return self._split_named("test")

    def _split_named(self, name: str) -> Split:
        if name not in self.splits:
            raise HarnessError(f"{self.spec} cannot be used as a challenge: the split '{name}' is missing.")
        return self.splits[name]

    def on(self, split: Split) -> Challenge:
        """The same challenge with `split` as its test planets."""
        self.forward_model()  # what is made once is made before it is copied
        other = copy.copy(self)
        other._contents = other._given = (self.schema, {**self.splits, "test": split})
        other._fingerprint = None  # these are other planets
        return other

    @property
    def fingerprint(self) -> str:
        """A hash of what a score depends on: schema, planets, truth, their splits, and the forward model."""
        if self._fingerprint is None:
            forward = self.forward_model()
            if forward is not None and not isinstance(forward, ForwardModel):
                raise HarnessError(
                    f"The forward model of challenge '{self.name}' is a {type(forward).__name__}; it must be "
                    "a subclass of harness.components.ForwardModel, whose `identity` is in the fingerprint."
                )
            self._fingerprint = self._hashed(forward)
        return self._fingerprint

    def _hashed(self, forward: ForwardModel | None) -> str:
        return fingerprint(self.schema, self.splits, None if forward is None else forward.identity)

    def changed_in_place(self) -> bool:
        """Whether what was read is other than when the fingerprint was taken; it is then read anew."""
        if self._hashed(self.forward_model()) == self.fingerprint:
            return False
        self._contents = self._given
        return True

    def forward_model(self) -> ForwardModel | None:
        """The model from parameters to spectra, where the challenge has one."""
        return None

    def forward_check(self, at_once: bool = False) -> ForwardCheck | None:
        """How well that model makes the challenge's spectra, computed once; None where that cannot be told.

        Looked at are planets held out, or training planets where those are few (`to_judge_by`).

        Arguments:
            at_once: None too where the model has to learn something first.
        """
        if at_once and self._checked is None and (forward := self.forward_model()) and not forward.ready:
            return None
        if self._checked is None:
            self._checked = (self._check(),)
        return self._checked[0]

    def _check(self) -> ForwardCheck | None:
        forward, planets = self.forward_model(), to_judge_by(self.train, self.valid)
        if forward is None or uncheckable(forward, planets, self.schema):
            return None
        try:
            return check_forward_model(forward, planets, self.schema)
        except HarnessError:  # of a planet; whoever needs the model is told
            return None
