"""Where training pairs and traces come from, by the option `supervision`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import torch

from harness.challenges import Split
from harness.components.run import Run
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.training.pairs import Observed, Pairs, TracedPlanets
from harness.training.simulations import simulate_pairs
from harness.training.supervision import Kind, Supervision

EVERY = 10  # one in so many is held out where the challenge holds out too few
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


def find_sources(
    kind: Kind,
    train: Split,
    valid: Split,
    schema: Schema,
    run: Run,
    *,
    simulations: int,
    trace_fraction: float,
    rows_per_planet: int,
) -> Sources:
    """Gather what the challenge has for this kind of supervision.

    "auto" takes simulations where the challenge can make them, else the parameters of the training
    planets, and traces beside them where there are any. The score compares with traces retrieved under a
    prior that fills its bounds, while training planets are drawn from a much narrower population: their
    parameters alone teach that population as the prior.

    Raises:
        HarnessError: the challenge has not what this kind needs, or has fewer than two planets of it.
    """
    if len(train) < 2:
        raise HarnessError(
            f"'{run.name}' needs at least 2 planets to learn from, and this challenge has {len(train)}."
        )
    if lacking := lacks_traces(kind, train):
        raise HarnessError(f"'{run.name}' {lacking}")
    has_traces = train.truth.n_traces > 0
    pairs, traced = None, None
    chosen: str = kind
    if kind in ("simulations", "auto"):
        pairs = _simulated(train, schema, run, simulations)
        if pairs is not None:
            chosen = "simulations"
        elif kind == "simulations":
            raise HarnessError(
                f"'{run.name}' with supervision=simulations needs a forward model, which this challenge "
                "does not have; supervision=parameters does not need them."
            )
    if pairs is None and kind != "traces":
        pairs, chosen = _parameters(train, valid, schema, run), "parameters"
    if kind in ("traces", "mix") or (kind == "auto" and has_traces):
        traced = traced_planets(train, valid, run)
        chosen = f"{chosen} and traces" if pairs is not None else "traces"
    parts = [
        Supervision(
            None if pairs is None else pairs[which],
            None if traced is None else traced[which],
            trace_fraction,
            rows_per_planet,
        )
        for which in (0, 1)
    ]
    if parts[0].planets < 2:
        raise HarnessError(
            f"'{run.name}' with supervision={kind} needs at least 2 planets to learn from, and this "
            f"challenge has {parts[0].planets}."
        )
    return Sources(parts[0], parts[1], chosen)


def lacks_traces(kind: str, train: Split) -> str | None:
    """Where traces are learned from and there are none, a clause that follows the method's name."""
    if kind not in ("traces", "mix") or train.truth.n_traces > 0:
        return None
    return (
        f"with supervision={kind} learns from traces, and no training planet of this challenge has one; "
        "supervision=parameters and supervision=simulations do not need them, nor do estimators that learn "
        "from parameters, such as 'nearest'."
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


def _parameters(train: Split, valid: Split, schema: Schema, run: Run) -> tuple[Pairs, Pairs]:
    if train.truth.parameters is None:
        raise HarnessError(
            f"'{run.name}' learns from the parameters of training planets, which this challenge lacks."
        )
    pairs, others = (
        Pairs(
            Observed.of(split.observations, run.device),
            split.parameters.to(run.device),
            noise_included=schema.noise_included,
        )
        for split in (train, valid if valid.truth.parameters is not None else train[:0])
    )
    return (pairs, others) if len(others) >= ENOUGH else _held_out(pairs)


def _simulated(train: Split, schema: Schema, run: Run, planets: int) -> tuple[Pairs, Pairs] | None:
    forward, generator = run.forward_model(), run.generator("simulations", "cpu")
    folder = None if run.checkpoint is None else run.checkpoint / "simulations"
    with run.progress("simulating", planets) as advance:
        simulated = simulate_pairs(train, schema, forward, planets, generator, advance, folder)
    if simulated is None:
        return None
    columns = (simulated.spectrum, simulated.noise, simulated.auxiliary)
    ideal = Observed(*(column.to(run.device) for column in columns))
    return _held_out(Pairs(ideal, simulated.parameters.to(run.device)))


def _held_out(source: Source) -> tuple[Source, Source]:
    """All but every tenth, and every tenth; all twice where there are too few."""
    if len(source) < ENOUGH:
        return source, source
    number = torch.arange(len(source))
    return source[number % EVERY != 0], source[number % EVERY == 0]
