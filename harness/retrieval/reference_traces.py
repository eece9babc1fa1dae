"""Reference posteriors of many planets, in parallel, one process per core."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Generator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from harness.components import ForwardModel
from harness.components.cores import on_one_core
from harness.data.arrays import Array
from harness.data.host_facts import host_facts
from harness.data.observations import Observations
from harness.data.schema import Schema
from harness.data.truth import Traces
from harness.errors import HarnessError
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.processes import in_processes
from harness.retrieval.reference_posterior import reference_posterior
from harness.retrieval.reference_store import TraceStore


def reference_posteriors(
    planets: Observations,
    schema: Schema,
    forward: ForwardModel,
    seed: int,
    options: NestedOptions,
    *,
    store: TraceStore | None = None,
    workers: int = 1,
    elsewhere: Elsewhere | None = None,
    advance: Callable[[int], None] = lambda planets: None,
) -> list[NestedTrace]:
    """The reference posterior of every planet, in order.

    A planet's trace depends on its name and the seed, not on the other planets nor on the number of
    workers. With a store, finished planets are read from it and others are kept there as they finish;
    Ctrl-C or a kill loses the planets in hand.

    Arguments:
        planets: N planets, with names.
        schema: holds the bounds of the prior, and names the auxiliary columns.
        forward: the forward model; it is pickled, since processes begin anew, so it had better read what it
            needs when it is first called.
        seed: of the whole set.
        options: how carefully to sample.
        store: where to keep finished planets.
        workers: processes; 1 works in this one.
        elsewhere: does the work instead of them, such as on a cluster.
        advance: called with 1 after each planet.

    Raises:
        HarnessError: the files of the forward model are damaged, a planet has no posterior or lacks a fact
            that the model needs, the store cannot be written to, or a process died.
    """
    host_facts(planets, schema, forward.needs)  # names one that cannot be retrieved before others take hours
    finished: dict[int, NestedTrace] = {}
    missing: list[int] = []
    for position in range(len(planets)):
        kept = store.read(planets[[position]]) if store is not None else None
        if kept is None:
            missing.append(position)
        else:
            finished[position] = kept
            advance(1)
    jobs = [(position, planets[[position]]) for position in missing]
    if elsewhere is not None and jobs:
        finding = elsewhere([(at, as_arrays(one)) for at, one in jobs], schema, forward, seed, options)
    else:
        run = _here if min(workers, len(jobs)) <= 1 else _in_processes
        finding = run(jobs, schema, forward, seed, options, workers)
    with closing(finding) as results:
        for position, trace in results:
            if store is not None:
                store.write(planets[[position]], trace)
            finished[position] = trace
            advance(1)
    return [finished[position] for position in range(len(planets))]


def as_traces(found: Sequence[NestedTrace | None], n_parameters: int) -> Traces:
    """Reference posteriors as the truth of a challenge holds them, None where a planet has none."""
    pairs = [
        None if trace is None else (torch.from_numpy(trace.values), torch.from_numpy(trace.weights))
        for trace in found
    ]
    evidence = [math.nan if trace is None else trace.log_evidence for trace in found]
    return replace(
        Traces.from_list(pairs, n_parameters), log_evidence=torch.tensor(evidence, dtype=torch.float64)
    )


def planet_seed(seed: int, planet_id: str) -> int:
    """A 32-bit seed for one planet of a set."""
    return int.from_bytes(hashlib.sha256(f"{seed}\0{planet_id}".encode()).digest()[:4], "big")


Jobs = Sequence[tuple[int, Observations]]
Finished = Generator[tuple[int, NestedTrace], None, None]
Arrays = tuple[NDArray[np.str_], Array, Array, Array]  # name, spectrum, noise, auxiliary columns of a planet
Elsewhere = Callable[[Sequence[tuple[int, Arrays]], Schema, ForwardModel, int, NestedOptions], Finished]


def _here(
    jobs: Jobs, schema: Schema, forward: ForwardModel, seed: int, options: NestedOptions, workers: int
) -> Finished:
    with on_one_core():
        for position, planet in jobs:
            yield position, _retrieve(planet, schema, forward, seed, options)


def _in_processes(
    jobs: Jobs, schema: Schema, forward: ForwardModel, seed: int, options: NestedOptions, workers: int
) -> Finished:
    # as arrays, which are copied: tensors would share memory by a file descriptor each
    arrays = [(position, as_arrays(planet)) for position, planet in jobs]
    try:
        yield from in_processes(_work, arrays, workers, _start, schema, forward, seed, options)
    except BrokenProcessPool as error:
        raise HarnessError(
            "A process that samples posteriors died, perhaps for want of memory; run the same command again "
            "with fewer workers: finished planets are kept."
        ) from error


def as_arrays(planet: Observations) -> Arrays:
    """A planet as what can be sent to another process."""
    spectrum, noise, auxiliary = (
        tensor.double().cpu().numpy() for tensor in (planet.spectrum, planet.noise, planet.auxiliary)
    )
    return planet.names, spectrum, noise, auxiliary


# what each process keeps between planets
_settings: tuple[Schema, ForwardModel, int, NestedOptions]


def _start(schema: Schema, forward: ForwardModel, seed: int, options: NestedOptions) -> None:
    global _settings
    torch.set_num_threads(1)
    _settings = (schema, forward, seed, options)


def _work(planet: Arrays) -> NestedTrace:
    return retrieved(planet, *_settings)


def retrieved(
    planet: Arrays, schema: Schema, forward: ForwardModel, seed: int, options: NestedOptions
) -> NestedTrace:
    """The reference posterior of a planet that was sent here; the same wherever that is."""
    names, *columns = planet
    return _retrieve(Observations(names, *map(torch.from_numpy, columns)), schema, forward, seed, options)


def _retrieve(
    planet: Observations, schema: Schema, forward: ForwardModel, seed: int, options: NestedOptions
) -> NestedTrace:
    return reference_posterior(planet, schema, forward, planet_seed(seed, str(planet.names[0])), options)
