"""Simulated planets with their reference posteriors."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.components import ForwardModel
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.split import Split
from harness.data.truth import Truth
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_store import TraceStore
from harness.retrieval.reference_traces import Elsewhere, as_traces, reference_posteriors
from harness.retrieval.stopped import stopped_sentence
from harness.simulation.challenge import Part, random_stream
from harness.simulation.forward import Advance
from harness.simulation.misfit import displace
from harness.simulation.shifts import Misfit


def with_traces(
    splits: Mapping[str, Split],
    n_training: int,
    parts: Sequence[Part],
    schema: Schema,
    forward: ForwardModel,
    seed: int,
    work: Path,
    advance: Advance,
    *,
    options: NestedOptions | None = None,
    workers: int = 0,
    elsewhere: Elsewhere | None = None,
) -> dict[str, Split]:
    """The splits with a trace for the first training planets and for every test planet.

    A planet is retrieved from its noise-free spectrum and its noise with the model of matched planets,
    whatever shifted the spectrum: so would anybody who does not know. Traces of the partition "misfit"
    are then displaced. Planets for validation get no trace. Retrievals that were stopped at the limit of
    likelihoods are told of in a warning.

    Arguments:
        splits: "train", "valid" and "test", as `harness.simulation.challenge.simulate` makes them.
        n_training: training planets that get a trace; all of them, if there are fewer.
        parts: the test planets' parts, in the order of the split.
        schema: of the challenge.
        forward: the model of matched planets.
        seed: of the challenge.
        work: where finished planets are kept; the same call goes on from there.
        advance: called with 1 after each planet.
        options: of nested sampling.
        workers: processes; 0 for one per core.
        elsewhere: retrieves planets instead of them, such as on a cluster.

    Raises:
        HarnessError: a planet cannot be retrieved, or the work folder cannot be written to.
    """
    settings = options or NestedOptions()
    chosen = {"train": splits["train"][: min(n_training, len(splits["train"]))], "test": splits["test"]}
    planets = Observations.join([split.observations for split in chosen.values()])
    found = reference_posteriors(
        planets,
        schema,
        forward,
        seed,
        settings,
        store=TraceStore(work, forward, schema, seed, settings),
        workers=workers or os.cpu_count() or 1,
        elsewhere=elsewhere,
        advance=advance,
    )
    if (stopped := stopped_sentence(planets.names.tolist(), found, settings)) is not None:
        warnings.warn(stopped, stacklevel=2)
    of_training, of_test = found[: len(chosen["train"])], found[len(chosen["train"]) :]
    missing: list[NestedTrace | None] = [None] * (len(splits["train"]) - len(of_training))
    return {
        **splits,
        "train": _traced(splits["train"], [*of_training, *missing]),
        "test": _misfitted(_traced(splits["test"], of_test), parts, seed),
    }


def number_of_traces(splits: Mapping[str, Split], n_training: int) -> int:
    """How many planets `with_traces` retrieves."""
    return min(n_training, len(splits["train"])) + len(splits["test"])


def _traced(split: Split, found: Sequence[NestedTrace | None]) -> Split:
    traces = as_traces(found, split.parameters.shape[1])
    return replace(split, truth=Truth(split.truth.parameters, traces))


def _misfitted(test: Split, parts: Sequence[Part], seed: int) -> Split:
    """The test planets, those of the partition "misfit" with their traces displaced."""
    options = next((part.shift.options for part in parts if isinstance(part.shift, Misfit)), None)
    traces = test.truth.traces
    if options is None or traces is None:
        return test
    values = traces.values.clone()
    generator = random_stream(seed, Misfit.name, "displacement")
    for planet in test.partitions()[Misfit.name].tolist():
        rows = slice(int(traces.start[planet]), int(traces.stop[planet]))
        values[rows] = displace(
            traces.values[rows],
            traces.weights[rows],
            test.parameters[planet],
            generator,
            gases=options.gases,
            radius=options.radius,
        )
    return replace(test, truth=Truth(test.truth.parameters, replace(traces, values=values)))
