"""Where training pairs and traces come from, by the option `supervision`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TypeVar

import torch

from harness.components.run import Run
from harness.data.schema import Schema
from harness.data.split import Split
from harness.errors import HarnessError
from harness.training.pairs import Pairs, TracedPlanets
from harness.training.simulations import simulate_pairs
from harness.training.supervision import Kind, Supervision

EVERY = 10  # one in so many is held out where the challenge holds out too few
SHARE = 0.5  # of the time budget that simulating may take; the rest is for learning from it
ENOUGH = 20  # planets to validate on, or to hold some of them out

Source = TypeVar("Source", Pairs, TracedPlanets)


@dataclass(frozen=True)
class Sources:
    """What to learn from, and what is held out to validate on.

    Attributes:
        train, held_out: of the same kinds; the same planets where there are too few to hold any out.
        kind: which supervision it has become, "auto" resolved.
    """

    train: Supervision
    held_out: Supervision
    kind: str


class SourceFinder(ABC):
    """Finds what an estimator learns from.

    `ChallengeSources` is the one that knows all kinds of supervision; others change what it has found.
    """

    def lacking(self, train: Split) -> str | None:
        """What training planets lack, as a clause that follows a method's name; None if they will do.

        Called before a run, and at the beginning of `find`.
        """
        return None

    @abstractmethod
    def find(self, train: Split, valid: Split, schema: Schema, run: Run) -> Sources:
        """What is learned from and what is held out; called by `fit`, once.

        Raises:
            HarnessError: the challenge has not what is needed.
        """


@dataclass(frozen=True)
class ChallengeSources(SourceFinder):
    """Gathers what a challenge has for one kind of supervision.

    "auto" takes simulations where the challenge can make them and its forward model makes the spectra of
    its training planets (`harness.components.forward_check`), else the parameters of the training planets,
    and traces beside them where there are any. The score compares with traces retrieved under a prior that
    fills its bounds, while training planets are drawn from a much narrower population: their parameters
    alone teach that population as the prior.

    Attributes:
        kind: of supervision.
        simulations: pairs to simulate, where simulations are learned from.
        trace_fraction: share of trace rows in each batch, where there are also pairs.
        rows_per_planet: trace rows drawn for one planet at a step.
    """

    kind: Kind
    simulations: int
    trace_fraction: float = 0.5
    rows_per_planet: int = 1

    def lacking(self, train: Split) -> str | None:
        if self.kind not in ("traces", "mix") or train.truth.n_traces > 0:
            return None
        return (
            f"with supervision={self.kind} learns from traces, and no training planet of this challenge has "
            "one; supervision=parameters and supervision=simulations do not need them, nor do estimators "
            "that learn from parameters, such as 'nearest'."
        )

    def find(self, train: Split, valid: Split, schema: Schema, run: Run) -> Sources:
        """What is learned from and what is held out.

        Raises:
            HarnessError: the challenge has not what this kind needs, or has fewer than two planets of it.
        """
        if len(train) < 2:
            raise self._too_few(run, "", len(train))
        if lacking := self.lacking(train):
            raise HarnessError(f"'{run.name}' {lacking}")
        pairs, chosen = self._pairs(train, valid, schema, run)
        traced = self._traced(train, valid, run)
        if traced is not None:
            chosen = f"{chosen} and traces" if pairs is not None else "traces"
        learned, held_out = (
            Supervision(
                None if pairs is None else pairs[which],
                None if traced is None else traced[which],
                self.trace_fraction,
                self.rows_per_planet,
            )
            for which in (0, 1)
        )
        if learned.planets < 2:
            raise self._too_few(run, f" with supervision={self.kind}", learned.planets)
        return Sources(learned, held_out, chosen)

    def _pairs(
        self, train: Split, valid: Split, schema: Schema, run: Run
    ) -> tuple[tuple[Pairs, Pairs] | None, str]:
        """Pairs to learn from and pairs held out, None where there are to be none; and what they are."""
        if self.kind == "traces":
            return None, "traces"
        if self.kind == "simulations" or (self.kind == "auto" and self._simulates(run)):
            pairs = simulated_pairs(train, schema, run, self.simulations)
            if pairs is not None:
                return pairs, "simulations"
            if self.kind == "simulations":
                raise HarnessError(
                    f"'{run.name}' with supervision=simulations needs a forward model, which this challenge "
                    "does not have; supervision=parameters does not need them."
                )
        return challenge_pairs(train, valid, schema, run), "parameters"

    def _simulates(self, run: Run) -> bool:
        """Whether the forward model makes spectra like those of the challenge, as far as that can be told."""
        forward = run.forward_model()
        if forward is not None and not forward.ready and run.time_budget is not None:
            run.warn(
                "opacities that make the training spectra are not learned yet, which takes minutes beside "
                "the time budget: parameters and traces of the training planets are learned from instead; "
                "a run without --time-budget, or 'harness opacities fit', learns them."
            )
            return False
        found = run.forward_check()
        if found is None or found.agrees:
            return True
        run.warn(
            f"the forward model {found.sentence()}: its simulations would teach other physics, so "
            "parameters and traces of the training planets are learned from instead; "
            f"{found.remedy()}, or insist with --set estimator.supervision=simulations."
        )
        return False

    def _traced(self, train: Split, valid: Split, run: Run) -> tuple[TracedPlanets, TracedPlanets] | None:
        if self.kind not in ("traces", "mix", "auto") or train.truth.n_traces == 0:
            return None
        return traced_planets(train, valid, run)

    def _too_few(self, run: Run, how: str, planets: int) -> HarnessError:
        return HarnessError(
            f"'{run.name}'{how} needs at least 2 planets to learn from, and this challenge has {planets}."
        )


def traced_planets(train: Split, valid: Split, run: Run) -> tuple[TracedPlanets, TracedPlanets]:
    """The training planets that have a trace, and those to validate on.

    The latter are the validation planets with a trace, or where those are few a tenth of the training
    planets with one.
    """
    assert train.truth.traces is not None
    traced = TracedPlanets.of(train.observations, train.truth.traces, run.device)
    if valid.truth.traces is None or valid.truth.n_traces < ENOUGH:
        return _held_out(traced)
    return traced, TracedPlanets.of(valid.observations, valid.truth.traces, run.device)


def challenge_pairs(train: Split, valid: Split, schema: Schema, run: Run) -> tuple[Pairs, Pairs]:
    """The training planets beside their parameters, and those to validate on, which are chosen likewise.

    Raises:
        HarnessError: the parameters of the training planets are not known.
    """
    if train.truth.parameters is None:
        raise HarnessError(
            f"'{run.name}' learns from the parameters of training planets, which this challenge lacks."
        )
    pairs, others = (
        Pairs(split.observations, split.parameters, noise_included=schema.noise_included).to(run.device)
        for split in (train, valid if valid.truth.parameters is not None else train[:0])
    )
    return (pairs, others) if len(others) >= ENOUGH else _held_out(pairs)


def simulated_pairs(train: Split, schema: Schema, run: Run, n: int) -> tuple[Pairs, Pairs] | None:
    """Of n pairs that the forward model makes, nine tenths and a tenth held out; None where there is none."""
    forward, generator = run.forward_model(), run.generator("simulations", "cpu")
    folder = None if run.checkpoint is None else run.checkpoint / "simulations"
    left = run.seconds_left
    with run.progress("simulating", n) as advance:
        seconds = None if left is None else SHARE * left
        pairs = simulate_pairs(train, schema, forward, n, generator, advance, folder, seconds)
    if pairs is not None and len(pairs) < n:
        run.warn(f"the time budget allowed {len(pairs):,} simulated planets instead of {n:,}.")
    return None if pairs is None else _held_out(pairs.to(run.device))


def _held_out(source: Source) -> tuple[Source, Source]:
    """All but every tenth, and every tenth; all twice where there are too few."""
    if len(source) < ENOUGH:
        return source, source
    number = torch.arange(len(source))
    return source[number % EVERY != 0], source[number % EVERY == 0]
