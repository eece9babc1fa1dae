"""The base class of a challenge."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import ClassVar

from torch import Tensor

from harness.components.component import Component
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError


class Challenge(Component, ABC):
    """Planets to learn from and planets to be scored on.

    A subclass implements `read`, which returns the schema and the splits; everything else follows.

    Attributes:
        needs_location: whether the name is followed by a colon and a path.
        scorers: the scorers run by default, the one that ranks the leaderboard first.
        notes: what `read` found worth telling about the data: a sentence for each thing that is
            missing, is not used, or was not as its format says.
    """

    needs_location: ClassVar[bool] = False
    notes: tuple[str, ...] = ()
    scorers: tuple[str, ...] = ("ariel", "ariel-official", "r2", "rmse", "crps", "coverage")

    def __init__(self, options: Component.Options | None = None, *, location: str | None = None) -> None:
        super().__init__(options)
        if self.needs_location and not location:
            raise HarnessError(
                f"Challenge '{self.name}' needs to know where its data lie: write '{self.name}:PATH'."
            )
        if location and not self.needs_location:
            raise HarnessError(f"Challenge '{self.name}' takes no path, but '{location}' was given.")
        self.location = location

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

    @cached_property
    def _data(self) -> tuple[Schema, Mapping[str, Split]]:
        return self.read()

    @property
    def schema(self) -> Schema:
        return self._data[0]

    @property
    def splits(self) -> Mapping[str, Split]:
        return self._data[1]

    @property
    def train(self) -> Split:
        return self.splits["train"]

    @property
    def valid(self) -> Split:
        return self.splits["valid"]

    @property
    def test(self) -> Split:
        """The planets that runs are scored on."""
        return self.splits["test"]

    def on(self, split: Split) -> Challenge:
        """The same challenge with `split` as its test planets."""
        other = copy.copy(self)
        other.__dict__["_data"] = (self.schema, {**self.splits, "test": split})
        other.__dict__.pop("fingerprint", None)  # that of the other planets, if it was asked for already
        return other

    @cached_property
    def fingerprint(self) -> str:
        """A hash of what a score depends on: schema, planets, truth, their splits, and the forward model."""
        from harness.data.fingerprint import fingerprint

        return fingerprint(self.schema, self.splits, self.forward_model_identity())

    def forward_model(self) -> Callable[..., Tensor] | None:
        """The model from parameters to spectra, where the challenge has one.

        It is called with parameters (B, P), star radius [R_Sun] (B,) and planet mass [M_Jup] (B,), both None
        where the challenge's planets do not have them, and answers with spectra (B, W) on the channels of
        the schema. A challenge that has one names it in `forward_model_identity`.
        """
        return None

    def forward_model_identity(self) -> str | None:
        """A name that changes with what the forward model answers, such as a hash of its opacities."""
        return None
