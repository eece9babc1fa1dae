"""Runs on a cluster, each put into the home and told to plugins as it comes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_hex
from typing import TYPE_CHECKING

from distributed import wait
from distributed.scheduler import KilledWorker

from harness.cluster import connection
from harness.cluster.dispatch import LOOK_AGAIN, Lost, Titled, carried_out
from harness.cluster.parcel import taken_in
from harness.cluster.run_task import RunResult, RunTask, device_of_a_worker, make_run, task_of
from harness.cluster.worker import Refusal
from harness.components import Challenge, Scorer
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.registry.lifecycle import announce
from harness.runs.assembly import Choice
from harness.runs.home import LOG, RECORD, Home
from harness.runs.plan import Plan
from harness.runs.recording import begun
from harness.runs.run_folder import UnfinishedRun

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True)
class Asked:
    """A run to be made: its plan, and the challenge and the scorers that it shares with others."""

    plan: Plan
    challenge: Challenge
    scorers: Sequence[Choice[Scorer]]
    called: str = ""

    @property
    def title(self) -> str:
        """What it is called in lines: "npe-kl on toy, seed 0"."""
        if self.called:
            return self.called
        name = self.plan.estimator.registration.name
        return f"{self.plan.label or name} on {self.challenge.spec}, seed {self.plan.seed}"


class Fault(Exception):
    """A run failed on a worker by a fault, and is recorded as failed."""


def device_of_workers(client: Client, asked: str) -> str:
    """The kind of device, "cpu" or "cuda", that workers have; waits until there is a worker.

    Raises:
        HarnessError: the device that was asked for is not there, or workers die before they answer.
    """
    for _ in range(connection.TRIES):
        connection.wait_for_worker(client)
        future = client.submit(device_of_a_worker, asked, pure=False)
        while not future.done() and client.nthreads():
            with suppress(TimeoutError):
                wait(future, timeout=LOOK_AGAIN)
        if future.done() and not isinstance(future.exception(), KilledWorker):
            found: str = future.result()
            return found
        future.cancel(force=True)
        connection.tend(client)
    raise HarnessError("Workers die before they have begun; their logs may say why.")


def runs_made(
    client: Client, asked: Sequence[Asked], home: Home
) -> Iterator[tuple[int, RunRecord, BaseException | None]]:
    """Make runs on the workers of a cluster; each is in the home when it is given back.

    Returns:
        the number of the run, its record, and the error that ended it if one did, as `execute` gives them.

    Raises:
        HarnessError: the home cannot be written to, or a plugin refuses a run.
    """
    home.create()
    tasks = [Titled(task_of(one.plan, one.challenge, one.scorers), one.title) for one in asked]
    with closing(carried_out(client, make_run, tasks)) as results:
        for number, result in results:
            record, error = _brought_home(result, asked[number], tasks[number].task, home)
            if error is None:
                announce("run_finished", record=record, home=home.path)
            else:
                announce("run_failed", record=record, error=error, home=home.path)
            yield number, record, error


def _brought_home(
    result: RunResult | Refusal | Lost, asked: Asked, task: RunTask, home: Home
) -> tuple[RunRecord, BaseException | None]:
    if isinstance(result, Lost):
        died = Fault(f"given up, because {result.tries} workers died of it, perhaps for want of memory")
        return _recorded_as_failed(asked, died, home), died
    if isinstance(result, Refusal):
        refused = HarnessError(result.message)
        return _recorded_as_failed(asked, refused, home), refused
    try:
        record = taken_in(result.folder, home, task.identity, asked.challenge)
    except HarnessError as error:
        return _recorded_as_failed(asked, error, home), error
    if record.status == "finished":
        return record, None
    if result.interrupted:
        return record, KeyboardInterrupt()
    reason = record.error or "no reason was recorded"
    return record, HarnessError(reason) if result.bad_input else Fault(reason)


def _recorded_as_failed(asked: Asked, error: BaseException, home: Home) -> RunRecord:
    """The record of a run of which nothing came home."""
    now = datetime.now(UTC)
    name = asked.plan.estimator.registration.name
    run_id = f"{now:%Y%m%d-%H%M%S%f}"[:-3] + f"-{name}-{token_hex(2)}"
    record = begun(asked.plan, asked.challenge, asked.scorers, run_id, now)
    record = record.model_copy(update={"status": "failed", "error": str(error)})
    folder = UnfinishedRun(home.runs, run_id)
    try:
        (folder.path / LOG).write_text(f"{error}\n", encoding="utf-8")
        record.write(folder.path / RECORD)
        folder.complete()
    except BaseException:
        folder.discard()
        raise
    return record
