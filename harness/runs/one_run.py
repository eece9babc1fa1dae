"""One run from Python: what `harness run` does for one method and one seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.components import Challenge
from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.runs.home import LOG, Home
from harness.runs.planning import plan_runs
from harness.runs.recording import failure
from harness.runs.request import DEFAULT_CHALLENGE, DEFAULT_SAMPLES, Request
from harness.runs.runner import execute, finished_before, serve_again


class RunFailed(HarnessError):
    """A run that failed, and is recorded as failed; its cause is the error that ended it.

    Attributes:
        record: of the run, with the reason in `record.error`.
    """

    def __init__(self, message: str, record: RunRecord) -> None:
        super().__init__(message)
        self.record = record


def run(
    estimator: str,
    challenge: str | Challenge = DEFAULT_CHALLENGE,
    *,
    preprocessor: str | None = None,
    embedder: str | None = None,
    scorers: Sequence[str] = (),
    seed: int = 0,
    samples: int = DEFAULT_SAMPLES,
    device: str = "auto",
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    name: str | None = None,
    time_budget: float | None = None,
    resume: bool = False,
    home: str | Path | None = None,
    quiet: bool = False,
) -> RunRecord:
    """Fit a method on a challenge, score it, and record the run, as `harness run` does.

    Arguments:
        estimator: the name of an installed one.
        challenge: its name, and behind a colon where its data lie if it has any; or opened by `harness.load`,
            which several runs may share.
        preprocessor, embedder: for estimators that use features; None means the estimator's own.
        scorers: none means the challenge's own.
        seed: the repetition; every random number follows from it.
        samples: posterior samples for each planet, 1000 to 5000.
        device: "auto", "cpu" or "cuda".
        settings: options by kind or by name, as in `{"estimator": {"epochs": 10}}`.
        name: a label to find the run by.
        time_budget: seconds that the fit may take.
        resume: go on where an interrupted run stopped; a run that has finished is not repeated.
        home: where runs lie; None for HARNESS_HOME, else the user data folder.
        quiet: draw no progress bar.

    Returns:
        the record; `harness.open_run(record)` has the fitted estimator.

    Raises:
        RunFailed: the run failed; it is recorded first.
        HarnessError: something that was asked for cannot be, and nothing is recorded; or a plugin refused
            the run.
        KeyboardInterrupt: the run was interrupted; it is recorded first, and `resume` goes on with it.
    """
    opened = challenge if isinstance(challenge, Challenge) else None
    request = Request(
        estimators=(estimator,),
        challenge=challenge.spec if isinstance(challenge, Challenge) else challenge,
        preprocessor=preprocessor,
        embedder=embedder,
        scorers=scorers,
        seeds=(seed,),
        samples=samples,
        device=device,
        settings=settings or {},
        name=name,
        time_budget=time_budget,
        resume=resume,
    )
    planned, place = plan_runs(request, opened), Home(home)
    (plan,) = planned.plans
    if resume and (before := finished_before(plan, planned.challenge, planned.scorers, place)):
        serve_again(before, place)
        return before
    record, error = execute(plan, planned.challenge, planned.scorers, place, quiet=quiet)
    if error is None:
        return record
    if isinstance(error, KeyboardInterrupt):
        raise error
    log = place.path / record.artifacts / LOG
    raise RunFailed(f"{failure(record)}; the log is {log}.", record) from error
