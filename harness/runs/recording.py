"""The record of a run: what is known before the fit, and how it ended."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import torch

from harness.components import Challenge, Estimator, Scorer
from harness.data.record import MemoryRecord, RunRecord, ScoreRecord, SecondsRecord, Status
from harness.errors import HarnessError, described
from harness.runs.assembly import Choice
from harness.runs.culprit import is_put_down, put_down
from harness.runs.home import LATEST
from harness.runs.machine import device_name, git_revision, processor_name, versions
from harness.runs.plan import Plan
from harness.untrusted.words import is_printable


def begun(
    plan: Plan, challenge: Challenge, scorers: Sequence[Choice[Scorer]], run_id: str, started: datetime
) -> RunRecord:
    """The record of a run that has not ended yet.

    Raises:
        HarnessError: something in it cannot be written, which is better known before the fit than after.
    """
    record = RunRecord(
        run_id=run_id,
        identity=plan.identity(challenge, scorers),
        label=plan.label,
        challenge=plan.challenge_record(challenge),
        preprocessor=plan.preprocessor.record() if plan.preprocessor else None,
        embedder=plan.embedder.record() if plan.embedder else None,
        estimator=plan.estimator.record(),
        seed=plan.seed,
        n_samples=plan.n_samples,
        time_budget=plan.time_budget,
        versions=versions(choice.registration.distribution for choice in (*plan.choices, *scorers)),
        **circumstances(run_id, started, plan.device),
    )
    require_unicode(record)
    return record


def circumstances(run_id: str, started: datetime, device: torch.device) -> dict[str, Any]:
    """Fields of any run's record that do not depend on what it computes, before it has ended."""
    return {
        "status": "interrupted",
        "started_at": started.isoformat(timespec="seconds"),
        "device": device_name(device),
        "processor": processor_name(),
        "platform": platform.platform(),
        "git_revision": git_revision(),
        "artifacts": f"runs/{run_id}",
    }


def run_id_of(method: str, started: datetime) -> str:
    """What a run is known by: when it started, its method, and four random digits."""
    return f"{started:%Y%m%d-%H%M%S%f}"[:-3] + f"-{method}-{secrets.token_hex(2)}"


def require_recordable(what: str, text: str) -> None:
    """Refuse a text that a record could not hold, which is better known before the fit than after.

    Raises:
        HarnessError: it has control characters, or is no UTF-8.
    """
    if not is_printable(text):
        raise HarnessError(
            f"The {what} '{text}' cannot be recorded; expected UTF-8 text without control characters."
        )


def require_label(label: str) -> None:
    """Refuse a label that a run could not be found by.

    Raises:
        HarnessError: it means another run, or a record could not hold it.
    """
    require_recordable("label", label)
    if label == LATEST:
        raise HarnessError(f"The label '{LATEST}' means whichever run is the last one; choose another.")


def require_unicode(record: RunRecord) -> None:
    """Refuse what cannot be written.

    Raises:
        HarnessError: a text of the record is no UTF-8.
    """
    for field, text in _texts(record.model_dump()):
        if not _is_unicode(text):
            raise HarnessError(
                f"The {field} {text!r} cannot be recorded, because it is not valid UTF-8; write it otherwise."
            )


def ended(
    record: RunRecord,
    error: BaseException | None,
    estimator: Estimator | None,
    scores: Sequence[ScoreRecord],
    seconds: Mapping[str, float],
    memory: MemoryRecord,
) -> RunRecord:
    """The record of the run when it has finished, or an error has ended it.

    Arguments:
        record: as the run began.
        error: what ended it, if anything did.
        estimator: as far as it was made; an error that came from one of its parts is put down to that.
        scores, seconds, memory: as far as it came.
    """
    return record.model_copy(
        update={
            "status": _status(error),
            "error": _reason(error, estimator),
            "scores": [] if error else list(scores),
            "seconds": SecondsRecord(**seconds),
            "peak_memory": memory,
        }
    )


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of every text in a record."""
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _texts(one, f"{field} {name}".lstrip())
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one, field)


def _is_unicode(text: str) -> bool:
    """Not so of what the command line gives for bytes that are no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _status(error: BaseException | None) -> Status:
    if error is None:
        return "finished"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"


def failure(record: RunRecord) -> str:
    """What failed and why, in a clause: the estimator, unless the record names another component."""
    reason, estimator = (record.error or "").rstrip("."), f"'{record.estimator.name}'"
    return reason if estimator in reason or is_put_down(reason) else f"{estimator} failed: {reason}"


def _reason(error: BaseException | None, estimator: Estimator | None) -> str | None:
    if error is None:
        return None
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    reason = str(error) if isinstance(error, HarnessError) else described(error)
    reason = put_down(reason, error, estimator)
    return reason.encode(errors="replace").decode()
