"""Reference posteriors of many planets, in parallel, one process per core."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import replace

import torch

from harness.data.truth import Traces
from harness.errors import HarnessError
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.processes import in_processes
from harness.retrieval.reference_posterior import RetrievalModel, RetrievalTarget, reference_posterior
from harness.retrieval.reference_store import TraceStore

Bounds = Sequence[tuple[float, float]]
MakeModel = Callable[[], RetrievalModel]


def reference_posteriors(
    targets: Sequence[RetrievalTarget],
    make_model: MakeModel,
    bounds: Bounds,
    seed: int,
    options: NestedOptions,
    *,
    store: TraceStore | None = None,
    workers: int = 1,
    advance: Callable[[int], None] = lambda planets: None,
) -> list[NestedTrace]:
    """The reference posterior of every planet, in order.

    A planet's trace depends on its name and the seed, not on the other planets nor on the number of
    workers. With a store, finished planets are read from it and others are kept there as they finish;
    Ctrl-C or a kill loses the planets in hand.

    Arguments:
        targets: the planets.
        make_model: called once in every process; a function of a module, or a `functools.partial` of
            one, since processes are spawned.
        bounds: of the prior.
        seed: of the whole set.
        options: how carefully to sample.
        store: where to keep finished planets.
        workers: processes; 1 works in this one.
        advance: called with 1 after each planet.

    Raises:
        HarnessError: the files of the forward model are damaged, a planet has no posterior, the store
            cannot be written to, or a process died.
    """
    finished: dict[int, NestedTrace] = {}
    missing: list[int] = []
    for position, target in enumerate(targets):
        kept = store.read(target) if store is not None else None
        if kept is None:
            missing.append(position)
        else:
            finished[position] = kept
            advance(1)
    jobs = [(position, targets[position]) for position in missing]
    run = _here if min(workers, len(jobs)) <= 1 else _in_processes
    with closing(run(jobs, make_model, bounds, seed, options, workers)) as results:
        for position, trace in results:
            if store is not None:
                store.write(targets[position], trace)
            finished[position] = trace
            advance(1)
    return [finished[position] for position in range(len(targets))]


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


Jobs = Sequence[tuple[int, RetrievalTarget]]
Finished = Generator[tuple[int, NestedTrace], None, None]


def _here(
    jobs: Jobs, make_model: MakeModel, bounds: Bounds, seed: int, options: NestedOptions, workers: int
) -> Finished:
    if not jobs:
        return
    with _one_thread():
        model = make_model()
        for position, target in jobs:
            yield position, _retrieve(target, model, bounds, seed, options)


def _in_processes(
    jobs: Jobs, make_model: MakeModel, bounds: Bounds, seed: int, options: NestedOptions, workers: int
) -> Finished:
    try:
        yield from in_processes(_work, jobs, workers, _start, make_model, bounds, seed, options)
    except BrokenProcessPool as error:
        raise HarnessError(
            "A process that samples posteriors died, perhaps for want of memory; run the same command again "
            "with fewer workers: finished planets are kept."
        ) from error


# what each process keeps between planets
_model: RetrievalModel | HarnessError
_settings: tuple[Bounds, int, NestedOptions]


def _start(make_model: MakeModel, bounds: Bounds, seed: int, options: NestedOptions) -> None:
    global _model, _settings
    torch.set_num_threads(1)
    _settings = (bounds, seed, options)
    try:
        _model = make_model()
    except HarnessError as error:  # raised here it would only break the pool
        _model = error


def _work(target: RetrievalTarget) -> NestedTrace:
    if isinstance(_model, HarnessError):
        raise _model
    return _retrieve(target, _model, *_settings)


def _retrieve(
    target: RetrievalTarget, model: RetrievalModel, bounds: Bounds, seed: int, options: NestedOptions
) -> NestedTrace:
    return reference_posterior(target, model, bounds, planet_seed(seed, target.planet_id), options)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Matrices this small are slower on many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
