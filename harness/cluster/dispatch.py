"""Giving tasks to the workers of a cluster, one to each, until all are done or given up."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from distributed import wait
from distributed.comm import CommClosedError
from distributed.scheduler import KilledWorker

from harness.cluster import connection
from harness.cluster.worker import BEGUN, Refusal, at_work, interrupt
from harness.errors import HarnessError, described
from harness.logs.lines import log_line

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK_AGAIN = 5.0  # seconds after which workers that have come or gone meanwhile are seen
TO_SEND = 600.0  # seconds that a result may take to come home

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Lost:
    """A task that was given up: every worker that it was given to died."""

    tries: int


@dataclass(frozen=True)
class Titled(Generic[Task]):
    """A task and what to call it in the lines that tell of it."""

    task: Task
    title: str


class Diary:
    """Which task is where, told in lines as it comes in from the workers."""

    def __init__(self, titles: Sequence[str]) -> None:
        self._titles = titles

    def note(self, event: tuple[float, Any]) -> None:
        """Tell of an event of a worker: a task that begins, or a line of its progress."""
        _, told = event
        number, worker = int(told["task"]), str(told["worker"])
        if told["what"] == BEGUN:
            self.line(number, f"begun on worker {worker}", worker=worker)
        else:
            self.line(number, str(told["text"]), worker=worker, **dict(told["facts"]))

    def line(self, number: int, text: str, **facts: Any) -> None:
        """Tell of a task."""
        place = f"[{number + 1} of {len(self._titles)}] {self._titles[number]}"
        log_line(f"{place}: {text}", **{**facts, "task": number + 1, "tasks": len(self._titles)})


@dataclass(frozen=True)
class _Given:
    """A task and the address of the one worker that has it."""

    number: int
    worker: str


def carried_out(
    client: Client, work: Callable[[Task], Result], tasks: Sequence[Titled[Task]]
) -> Generator[tuple[int, Result | Refusal | Lost], None, None]:
    """The results of tasks by their numbers, as they come.

    Every worker has one task and no other, so that one that dies is laid to the task that it had. Such a task
    is given to another worker, `connection.TRIES` times in all; the others go on. When the generator is
    closed, or interrupted, tasks not begun are taken back and those at work are interrupted.

    Arguments:
        client: of the cluster.
        work: a function of a module, which every worker has.
        tasks: what it is called with.

    Raises:
        HarnessError: there are no workers any more, and none to come.
    """
    topic = f"harness-{secrets.token_hex(6)}"
    diary = Diary([one.title for one in tasks])
    client.subscribe_topic(topic, diary.note)
    waiting = list(range(len(tasks)))[::-1]
    given_out: dict[Future, _Given] = {}
    deaths: Counter[int] = Counter()

    def give_out() -> None:
        busy = {given.worker for given in given_out.values()}
        for worker in [one for one in client.nthreads() if one not in busy][: len(waiting)]:
            number = waiting.pop()
            # tied to its worker: left to the scheduler, it would queue behind another task when that worker
            # dies, and be blamed for what the other does
            future = client.submit(
                at_work,
                work,
                tasks[number].task,
                number,
                topic,
                pure=False,
                key=f"{topic}-{number}-{deaths[number]}",
                workers=[worker],
                allow_other_workers=False,
            )
            given_out[future] = _Given(number, worker)

    try:
        while waiting or given_out:
            give_out()
            if waiting:
                connection.tend(client)
            if given_out:
                _wait(given_out)
            else:
                connection.wait_for_worker(client)
            alive = client.nthreads()
            for future, given in list(given_out.items()):
                if not future.done() and given.worker in alive:
                    continue
                found = _result(future)
                del given_out[future]
                if found is not None:
                    yield given.number, found
                    continue
                deaths[given.number] += 1
                tries = deaths[given.number]
                if tries == connection.TRIES:
                    diary.line(given.number, f"given up: {tries} workers died of it", tries=tries)
                    yield given.number, Lost(tries)
                else:
                    again = f"the worker that had it is gone; given out again (try {tries + 1})"
                    diary.line(given.number, again, tries=tries + 1)
                    waiting.append(given.number)
    except (CancelledError, CommClosedError) as error:
        raise HarnessError(
            "The scheduler of the cluster is gone; what finished is kept, and the same command, of 'harness "
            "run' with --resume, makes the rest on another."
        ) from error
    finally:
        left = list(given_out)
        with suppress(OSError, TimeoutError, ValueError, CancelledError):
            if left:
                client.cancel(left, force=True)
                client.run(interrupt)
            client.unsubscribe_topic(topic)


def _wait(given_out: dict[Future, _Given]) -> None:
    with suppress(TimeoutError):
        wait(list(given_out), timeout=LOOK_AGAIN, return_when="FIRST_COMPLETED")


def _result(future: Future) -> Any:
    """What a task came to, or None where its worker died."""
    try:
        if future.status == "error":
            return _refused(future.exception(timeout=TO_SEND))
        # one that is not done has lost its worker, and waits for it in vain
        return future.result(timeout=TO_SEND) if future.done() else None
    except TimeoutError:  # the worker is lost with what it was to send: a task's own would be its error
        return None
    finally:
        future.cancel(force=True)


def _refused(error: BaseException) -> Refusal | None:
    """Why a task failed, or None where it is its worker that did."""
    if isinstance(error, KilledWorker):
        return None
    if isinstance(error, HarnessError):
        return Refusal(str(error))
    return Refusal(f"The worker failed with {described(error)}")
