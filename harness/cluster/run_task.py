"""One run as a task: what a worker is told, and what it sends home."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from distributed import get_worker

from harness.cluster.parcel import packed
from harness.components import Challenge, Scorer
from harness.components.device import resolve_device
from harness.errors import HarnessError
from harness.runs.assembly import Choice
from harness.runs.home import Home
from harness.runs.machine import versions
from harness.runs.plan import Plan
from harness.runs.planning import plan_runs
from harness.runs.request import Request
from harness.runs.runner import execute


@dataclass(frozen=True)
class RunTask:
    """A run that is asked of a worker.

    Attributes:
        request: of one estimator and one seed; its challenge is the spec, of which the worker has the data.
        options: of the challenge.
        fingerprint: of the challenge.
        identity: of the run, which is another one where code or libraries are.
        versions: of the libraries here.
    """

    request: Request
    options: Mapping[str, Any]
    fingerprint: str
    identity: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class RunResult:
    """A run that ended, well or not.

    Attributes:
        folder: as `packed` makes it.
        bad_input: whether it failed for what it was given, rather than by a fault.
        interrupted: whether it was stopped.
    """

    folder: bytes
    bad_input: bool = False
    interrupted: bool = False


def task_of(plan: Plan, challenge: Challenge, scorers: Sequence[Choice[Scorer]]) -> RunTask:
    """The task that makes the run of a plan; every option is spelled out, defaults included."""
    parts = [part for part in (plan.estimator, plan.preprocessor, plan.embedder) if part is not None]
    settings = {part.registration.kind: part.options.model_dump() for part in parts}
    settings |= {scorer.registration.name: scorer.options.model_dump() for scorer in scorers}
    return RunTask(
        request=Request(
            estimators=(plan.estimator.registration.name,),
            challenge=plan.challenge_record(challenge).spec,
            preprocessor=plan.preprocessor.registration.name if plan.preprocessor else None,
            embedder=plan.embedder.registration.name if plan.embedder else None,
            scorers=tuple(scorer.registration.name for scorer in scorers),
            seeds=(plan.seed,),
            samples=plan.n_samples,
            device=plan.device.type,
            settings={target: options for target, options in settings.items() if options},
            name=plan.label,
            time_budget=plan.time_budget,
        ),
        options=plan.challenge.options.model_dump(mode="json"),
        fingerprint=challenge.fingerprint,
        identity=plan.identity(challenge, scorers),
        versions=versions([]),
    )


def device_of_a_worker(asked: str) -> str:
    """The kind of device that a worker computes on where `asked` is asked for: "cpu" or "cuda"."""
    return resolve_device(asked).type


def make_run(task: RunTask) -> RunResult:
    """Make a run on a worker, in a home of its own that is gone afterwards.

    Raises:
        HarnessError: the worker's data, code or libraries are not those of home, so that it would be
            another run; or it cannot be made, or is too large to travel.
    """
    name, _, location = task.request.challenge.partition(":")
    challenge = _opened(name, location, repr(sorted(task.options.items())), _Held(task.options))
    planned = plan_runs(task.request, challenge)
    [plan] = planned.plans
    _refuse_other(plan, planned.challenge, planned.scorers, task)
    place = Path(tempfile.mkdtemp(prefix="harness-run-", dir=get_worker().local_directory))
    try:
        home = Home(place)
        record, error = execute(plan, challenge, planned.scorers, home, quiet=True)
        return RunResult(
            packed(place / record.artifacts),
            bad_input=isinstance(error, HarnessError),
            interrupted=isinstance(error, KeyboardInterrupt),
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)


class _Held:
    """A value that a cache takes no notice of."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=1)  # the next task is nearly always of the same one
def _opened(name: str, location: str, text: str, options: _Held) -> Challenge:
    return Choice.of("challenge", name, options.value).build(location=location or None)


def _refuse_other(plan: Plan, challenge: Challenge, scorers: Sequence[Choice[Scorer]], task: RunTask) -> None:
    if challenge.fingerprint != task.fingerprint:
        raise HarnessError(
            f"The data of {challenge.spec} on the worker are not those at home: their fingerprint is "
            f"{challenge.fingerprint}, and {task.fingerprint} at home."
        )
    if plan.identity(challenge, scorers) == task.identity:
        return
    ours = versions([])
    differing = [
        f"{name} {ours.get(name, '-')} and {task.versions.get(name, '-')} at home"
        for name in {**ours, **task.versions}
        if ours.get(name) != task.versions.get(name)
    ]
    found = ", ".join(differing) or "the code of the harness or of a plugin"
    raise HarnessError(f"The worker would make another run, because it has not what is at home: {found}.")
