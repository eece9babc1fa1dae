"""Another challenge without its test planets: what options are tuned on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from pydantic import Field

from harness.challenges import load
from harness.components import Challenge, Component, ForwardModel
from harness.components.forward_check import ForwardCheck
from harness.data.held_out import held_out
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError

FEWEST = 4  # planets to be scored on


class Validation(Challenge):
    """A challenge whose test planets are held out of the other's training planets (validation:CHALLENGE).

    They are up to half of the training planets that have a trace, so that the other half stays to learn from;
    where no training planet has one, up to half of the planets for validation. The test planets of the other
    challenge take no part: who tunes on this one and then runs once on the other has not seen them.
    """

    needs_location = True

    class Options(Component.Options):
        planets: int = Field(128, ge=FEWEST, description="planets to be scored on, at most")
        seed: int = Field(0, ge=0, description="of which planets these are")
        of: dict[str, Any] = Field(default_factory=dict, description="options of the other challenge")

    options: Options
    _other: Challenge | None = None

    @property
    def other(self) -> Challenge:
        """The challenge that it is made of."""
        if self._other is None:
            assert self.location is not None  # it is needed
            if self.location.partition(":")[0] == self.name:
                raise HarnessError(f"{self.spec} is validation of validation; name the challenge itself.")
            self._other = load(self.location, self.options.of)
        return self._other

    def read(self) -> tuple[Schema, Mapping[str, Split]]:
        other = self.other
        self.scorers = other.scorers
        name, split, rows = self._candidates()
        n = min(self.options.planets, len(rows) // 2)
        if n < FEWEST:
            raise HarnessError(
                f"{self.location} has too few planets to tune on: {len(rows)} with traces or for validation; "
                f"expected at least {2 * FEWEST}."
            )
        chosen = rows[held_out(split.observations.names[rows].tolist(), n, self.options.seed, "tuning")]
        rest = np.setdiff1d(np.arange(len(split)), chosen)
        splits = {part: other.splits[part] for part in ("train", "valid")}
        self.notes = (f"Its {n} test planets are {name} planets of {self.location}, whose own are not used.",)
        return other.schema, {**splits, name: split[rest], "test": split[chosen]}

    def _candidates(self) -> tuple[str, Split, np.ndarray[Any, np.dtype[np.intp]]]:
        """The split to take planets from, and the positions of those that may be taken."""
        train, valid = self.other.splits["train"], self.other.splits["valid"]
        traces = train.truth.traces
        if traces is not None and bool(traces.present.any()):
            return "train", train, np.flatnonzero(traces.present.cpu().numpy())
        return "valid", valid, np.arange(len(valid))

    def forward_model(self) -> ForwardModel | None:
        """That of the other challenge."""
        return self.other.forward_model()

    def _check(self) -> ForwardCheck | None:
        return self.other.forward_check()
