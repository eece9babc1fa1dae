"""Work in processes that end with the one that began them, however that ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any, TypeVar

IMPORTED = ["harness.retrieval.reference_traces", "nautilus"]  # by most of what is done in processes

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_processes(
    work: Callable[[Job], Result],
    jobs: Sequence[tuple[int, Job]],
    workers: int,
    start: Callable[..., object],
    *given: Any,
) -> Generator[tuple[int, Result], None, None]:
    """Results of numbered jobs, as they come.

    Processes that only waited for more work would outlive a parent that is killed, and finish their jobs for
    nobody. So they hold one end of a pipe whose other end the parent never writes to: when it closes, by the
    parent's hand (`close` of this generator, an error, Ctrl-C) or by the system's (a kill), they end at once.

    Arguments:
        work: called with each job in some process; a function of a module, since processes begin anew.
        jobs: each with its number.
        workers: processes, at most.
        start: called once in every process.
        given: to `start`.

    Raises:
        BrokenProcessPool: a process died.
    """
    context = _context()
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(
        min(workers, len(jobs)), mp_context=context, initializer=_begin, initargs=(theirs, start, given)
    )
    try:
        with interrupts_not_inherited():
            futures = {pool.submit(work, job): number for number, job in jobs}
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        ours.close()
        pool.shutdown(cancel_futures=True)
        theirs.close()


def _context() -> BaseContext:
    """How processes begin: torch does not survive a fork of this one, which has used it."""
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    # forks of a server that has imported torch and has used nothing of it; it ends with this process
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def _begin(line: Connection, start: Callable[..., object], given: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with, args=(line,), daemon=True).start()
    start(*given)


def _end_with(line: Connection) -> None:
    wait([line])
    os._exit(1)


@contextmanager
def interrupts_not_inherited() -> Iterator[None]:
    """Keep Ctrl-C from processes begun here: the terminal sends it to all, and each would tell of it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # or it would be begun with the first process, and let Ctrl-C through
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
