"""What a worker does around each task: one at a time, and telling home where it is."""

from __future__ import annotations

import ctypes
import logging
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from distributed import get_worker

from harness.components import progress, run
from harness.components.progress import FACTS
from harness.errors import HarnessError, PluginWarning

Task = TypeVar("Task")
Result = TypeVar("Result")

BEGUN, LINE = "begun", "line"

# generators, logs and threads belong to the process: a worker of several threads does one task at a time
_alone = threading.Lock()
_thread: int | None = None  # that a task runs in


@dataclass(frozen=True)
class Refusal:
    """Why a task could not be done, in a sentence; an exception may not survive the way home."""

    message: str


def at_work(work: Callable[[Task], Result], task: Task, number: int, topic: str) -> Result | Refusal:
    """Do a task on a worker.

    Arguments:
        work: a function of a module, called with the task.
        task: what it is told.
        number: of the task, by which home knows it.
        topic: of the events that tell of it: `BEGUN`, and `LINE` for each line of its progress.
    """
    global _thread
    worker = get_worker()

    def tell(what: str, **more: Any) -> None:
        with suppress(OSError, ValueError):
            worker.log_event(topic, {"what": what, "task": number, "worker": str(worker.name), **more})

    with _alone, _followed(tell):
        tell(BEGUN)
        _thread = threading.get_ident()
        try:
            return work(task)
        except HarnessError as error:
            return Refusal(str(error))
        except KeyboardInterrupt:
            return Refusal("interrupted")
        finally:
            _thread = None


def interrupt() -> None:
    """Do to the task of this worker what Ctrl-C does to a run at home."""
    if _thread is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(_thread), ctypes.py_object(KeyboardInterrupt)
        )


@contextmanager
def _followed(tell: Callable[..., None]) -> Iterator[None]:
    """Send home lines of progress, what is told, and warnings of plugins."""

    class Home(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(LINE, text=record.getMessage(), facts=getattr(record, FACTS, {}))

    def warn(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        if issubclass(category, PluginWarning):
            tell(LINE, text=f"Warning: {message}", facts={"level": "warning"})

    handler, shown = Home(logging.INFO), warnings.showwarning
    loggers = [logging.getLogger(module.__name__) for module in (progress, run)]
    before = [one.level for one in loggers]
    warnings.showwarning = warn
    for one in loggers:
        one.addHandler(handler)
        one.setLevel(logging.INFO)
    try:
        yield
    finally:
        warnings.showwarning = shown
        for one, level in zip(loggers, before, strict=True):
            one.removeHandler(handler)
            one.setLevel(level)
