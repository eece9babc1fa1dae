"""Reference posteriors on a cluster: a planet is a task."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache

from harness.cluster.connection import connected
from harness.cluster.dispatch import Lost, Titled, carried_out
from harness.cluster.place import Place
from harness.cluster.worker import Refusal
from harness.components import ForwardModel
from harness.components.cores import on_one_core
from harness.data.schema import Schema
from harness.errors import HarnessError
from harness.retrieval.nested_sampling import NestedOptions
from harness.retrieval.nested_trace import NestedTrace
from harness.retrieval.reference_traces import Arrays, Elsewhere, Finished, retrieved


@dataclass(frozen=True)
class Retrieval:
    """A planet to retrieve.

    Attributes:
        planet: its name, spectrum, noise and auxiliary columns.
        settings: schema, forward model, seed and options, pickled: the same for all planets, so that a worker
            reads the files of the forward model once.
    """

    planet: Arrays
    settings: bytes


def retrieve(task: Retrieval) -> NestedTrace:
    """The posterior of a planet, the same as in any other process.

    Raises:
        HarnessError: the files of the forward model are not on the worker, or the planet has no posterior.
    """
    with on_one_core():
        return retrieved(task.planet, *_settings(task.settings))


@lru_cache(maxsize=1)
def _settings(pickled: bytes) -> tuple[Schema, ForwardModel, int, NestedOptions]:
    found: tuple[Schema, ForwardModel, int, NestedOptions] = pickle.loads(pickled)
    return found


def on_cluster(place: Place) -> Elsewhere:
    """What retrieves planets on a cluster; its workers are started for the planets that are missing.

    Raises:
        HarnessError: a planet cannot be retrieved; those that were finished are kept by who asked for them.
    """

    def retrievals(
        jobs: Sequence[tuple[int, Arrays]],
        schema: Schema,
        forward: ForwardModel,
        seed: int,
        options: NestedOptions,
    ) -> Finished:
        settings = pickle.dumps((schema, forward, seed, options))
        tasks = [Titled(Retrieval(planet, settings), str(planet[0][0])) for _, planet in jobs]
        with (
            connected(place, len(tasks)) as client,
            closing(carried_out(client, retrieve, tasks)) as results,
        ):
            for number, result in results:
                if isinstance(result, Lost):
                    raise HarnessError(
                        f"Planet {tasks[number].title} was given up: {result.tries} workers died of it, "
                        "perhaps for want of memory; finished planets are kept, and the same command goes on."
                    )
                if isinstance(result, Refusal):
                    raise HarnessError(
                        f"Planet {tasks[number].title} could not be retrieved on a worker: {result.message} "
                        "Finished planets are kept, and the same command goes on."
                    )
                yield jobs[number][0], result

    return retrievals
