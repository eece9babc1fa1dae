"""Connecting to a cluster, and leaving nothing of it running that was started here."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from harness.cluster.place import Place
from harness.errors import HarnessError
from harness.logs.lines import log_line
from harness.retrieval.processes import interrupts_not_inherited

if TYPE_CHECKING:
    from distributed import Client

TRIES = 3  # of one task, before it is given up because its workers died
SECONDS_TO_ANSWER = 30
TOLD_EVERY = 30.0  # seconds without a worker
INSTALL = "python -m pip install 'ariel-harness[cluster]'"
IMPORTED = ["distributed", "harness.cluster.run_task"]  # by every worker


def require_dask(place: Place) -> None:
    """Refuse a cluster whose libraries are not installed.

    Raises:
        HarnessError: names the command that installs them.
    """
    needed = ["distributed", *(["dask_jobqueue"] if place.kind == "slurm" else [])]
    for module in needed:
        if find_spec(module) is None:
            raise HarnessError(
                f"--cluster needs {module}, which is not installed; install it with: {INSTALL}"
            )


@contextmanager
def connected(place: Place, tasks: int) -> Iterator[Client]:
    """A client of the cluster; workers that are started for it end with the block, however it ends.

    Arguments:
        place: which cluster.
        tasks: how many there are to do; no more workers are started than that.

    Raises:
        HarnessError: it cannot be reached or started.
    """
    require_dask(place)
    import dask
    import distributed

    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # its end is told in a sentence
    with ExitStack() as stack:
        settings: dict[str, Any] = {
            "distributed.scheduler.allowed-failures": 0,  # deaths are counted here
            "distributed.worker.daemon": False,  # methods may start processes of their own
            "distributed.nanny.pre-spawn-environ.OMP_NUM_THREADS": str(_cores_each(place, tasks)),
        }
        if sys.platform == "linux":
            settings["distributed.worker.multiprocessing-method"] = "forkserver"
        stack.enter_context(dask.config.set(settings))
        try:
            address: Any = place.name
            if place.kind != "address":
                cluster = _started(place, tasks, stack)
                stack.callback(_closed, cluster)
                address = cluster
            client = distributed.Client(address, timeout=SECONDS_TO_ANSWER)
        except (OSError, ValueError, TimeoutError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise HarnessError(f"The cluster {place.name or place.kind} cannot be used: {reason}.") from error
        stack.callback(_closed, client)
        wait_for_worker(client)
        yield client


def wait_for_worker(client: Client) -> None:
    """Wait until there is a worker, and say so now and then.

    Raises:
        HarnessError: there will be none, since Slurm takes no job.
    """
    look = getattr(client.cluster, "look", None)
    hint = f" ({look} shows the jobs)" if look else ""
    began = told = time.monotonic()
    while not client.nthreads():
        tend(client)
        time.sleep(0.2)
        if (now := time.monotonic()) - told > TOLD_EVERY:
            told = now
            log_line(f"waiting for a worker: none for {now - began:.0f} s{hint}")


def tend(client: Client) -> None:
    """Ask for workers in place of those that have ended, where they were started here.

    Raises:
        HarnessError: Slurm takes no job.
    """
    renew = getattr(client.cluster, "tend", None)  # workers of this machine are renewed by their nannies
    if renew is not None:
        renew()


def _started(place: Place, tasks: int, stack: ExitStack) -> Any:
    n = place.workers_for(tasks)
    if place.kind == "local":
        from distributed import LocalCluster
        from distributed.utils import get_mp_context

        # where workers are forks, they are of a server that has imported torch and has used nothing of it
        context = get_mp_context()
        if context.get_start_method() == "forkserver":
            context.set_forkserver_preload(IMPORTED)
        with interrupts_not_inherited():
            return LocalCluster(
                n_workers=n,
                threads_per_worker=1,
                dashboard_address=":0",  # any port that is free: another cluster may have the usual one
                memory_limit=None,  # one method may need most of it; the system decides
                silence_logs=logging.CRITICAL,
            )
    import dask

    from harness.cluster.slurm import Jobs, whole_profile

    stack.enter_context(dask.config.set({f"jobqueue.{place.name}": whole_profile(place.name)}))
    return Jobs(place.name, n)


def _cores_each(place: Place, tasks: int) -> int:
    """Cores for each worker; the variable of the environment wins over it."""
    if place.kind != "local":
        return 1
    return max(1, (os.cpu_count() or 1) // place.workers_for(tasks))


def _closed(one: Any) -> None:
    one.close(timeout=5)
