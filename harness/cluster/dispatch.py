"""Giving tasks to the workers of a cluster, one to each, until all are done or given up."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from distributed import wait
from distributed.scheduler import KilledWorker

from harness.cluster.worker import BEGUN, Refusal, at_work, interrupt
from harness.errors import HarnessError
from harness.logs.lines import log_line

if TYPE_CHECKING:
    from distributed import Client, Future

LOOK_AGAIN = 5  # seconds after which workers that have come meanwhile get a task

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
        self._begun = [0] * len(titles)
        self._lock = threading.Lock()

    def tries(self, number: int) -> int:
        """How often a task was begun."""
        return self._begun[number]

    def note(self, event: tuple[float, Any]) -> None:
        """Tell of an event of a worker: a task that begins, or a line of its progress."""
        _, told = event
        number, worker = int(told["task"]), str(told["worker"])
        if told["what"] != BEGUN:
            self.line(number, str(told["text"]), worker=worker, **dict(told["facts"]))
            return
        with self._lock:
            self._begun[number] += 1
            again = self._begun[number]
        lost = "" if again == 1 else f" again (try {again}): the worker that had it is gone"
        self.line(number, f"begun on worker {worker}{lost}", worker=worker, tries=again)

    def line(self, number: int, text: str, **facts: Any) -> None:
        """Tell of a task."""
        place = f"[{number + 1} of {len(self._titles)}] {self._titles[number]}"
        log_line(f"{place}: {text}", **{**facts, "task": number + 1, "tasks": len(self._titles)})


def carried_out(
    client: Client, work: Callable[[Task], Result], tasks: Sequence[Titled[Task]]
) -> Generator[tuple[int, Result | Refusal | Lost], None, None]:
    """The results of tasks by their numbers, as they come.

    A task whose worker dies is given to another one, `connection.TRIES` times in all; the others go on. When
    the generator is closed, or interrupted, tasks not begun are taken back and those at work are interrupted.

    Arguments:
        client: of the cluster.
        work: a function of a module, which every worker has.
        tasks: what it is called with.
    """
    topic = f"harness-{secrets.token_hex(6)}"
    diary = Diary([one.title for one in tasks])
    client.subscribe_topic(topic, diary.note)
    waiting = list(range(len(tasks)))[::-1]
    given_out: dict[Future, int] = {}

    def give_out() -> None:
        """One task for each worker, so that one that dies takes no other task with it."""
        while waiting and len(given_out) < max(1, len(client.nthreads())):
            number = waiting.pop()
            future = client.submit(
                at_work, work, tasks[number].task, number, topic, pure=False, key=f"{topic}-{number}"
            )
            given_out[future] = number

    try:
        while waiting or given_out:
            give_out()
            with suppress(TimeoutError):
                wait(list(given_out), timeout=LOOK_AGAIN, return_when="FIRST_COMPLETED")
            for future in [one for one in given_out if one.done()]:
                number = given_out.pop(future)
                found = _result(future, diary, number)
                future.release()
                yield number, found
    finally:
        left = list(given_out)
        with suppress(OSError, TimeoutError, ValueError):
            if left:
                client.cancel(left, force=True)
                client.run(interrupt)
            client.unsubscribe_topic(topic)


def _result(future: Future, diary: Diary, number: int) -> Any:
    try:
        return future.result()
    except KilledWorker:
        tries = diary.tries(number)
        diary.line(number, f"given up: {tries} workers died of it", tries=tries)
        return Lost(tries)
    except HarnessError as error:
        return Refusal(str(error))
    except Exception as error:
        return Refusal(f"The worker failed with {type(error).__name__}: {error}")
