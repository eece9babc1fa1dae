"""Sources of a challenge that must have traces, whatever is learned from beside them."""

from __future__ import annotations

from dataclasses import dataclass

from harness.components.run import Run
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.training import SourceFinder, Sources

LEAST_PLANETS = 2


@dataclass(frozen=True)
class TracedSources(SourceFinder):
    """The same sources, of a challenge whose training planets have traces.

    Attributes:
        sources: finds them.
        needed: what the traces are needed for, as a clause that goes on with "the traces of".
        otherwise: what does without, as a clause at the end.
    """

    sources: SourceFinder
    needed: str = "compares its samples with"
    otherwise: str = "'npe-kl', 'random-forest' and 'nearest' do not need any"

    def lacking(self, train: Split) -> str | None:
        if train.truth.n_traces >= LEAST_PLANETS:
            return self.sources.lacking(train)
        return (
            f"{self.needed} the traces of at least 2 planets, and of the {len(train):,} training "
            f"planets of this challenge {train.truth.n_traces} have one; {self.otherwise}."
        )

    def find(self, train: Split, valid: Split, schema: Schema, run: Run) -> Sources:
        """What is learned from and held out.

        Raises:
            HarnessError: fewer than two training planets have a trace.
        """
        if len(train) >= LEAST_PLANETS and (lacking := self.lacking(train)):
            raise HarnessError(f"'{run.name}' {lacking}")
        return self.sources.find(train, valid, schema, run)
