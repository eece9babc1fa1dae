"""A recorded retrieval of a measured spectrum: how to repeat it, and what it is not."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from harness.data.record import RunRecord
from harness.errors import HarnessError
from harness.untrusted.words import printable

SWITCHES = ("offsets", "inflate_errors")
NO_OPTION = ("calls",)  # keys of a configuration file alone


def retrieve_words(record: RunRecord) -> list[str]:
    """What repeats a retrieval behind `harness retrieve`, but for the seed; none of another run."""
    if record.retrieval is None:
        return []
    words = [*record.retrieval.files]
    for name, value in record.challenge.changed.items():
        words += _option(name, value)
    words += ["--method", record.estimator.name]
    for name, value in record.estimator.changed.items():
        if name not in NO_OPTION:
            words += _option(name, value)
    return words + ["--compare"] * record.retrieval.compared


def refuse_retrieval(record: RunRecord) -> None:
    """Refuse a run that has no fitted estimator and no test planets.

    Raises:
        HarnessError: it is the retrieval of a measured spectrum; says how to make it again.
    """
    if record.retrieval is None:
        return
    words = [*retrieve_words(record), "--seed", str(record.seed)]
    raise HarnessError(
        f"Run {record.run_id} is the retrieval of one measured spectrum, with nothing fitted and no test "
        f"planets; make it again with: harness retrieve {' '.join(shlex.quote(printable(w)) for w in words)}"
    )


def _option(name: str, value: Any) -> list[str]:
    option = f"--{name.replace('_', '-')}"
    if name in SWITCHES:
        return [option] if value else []
    if name == "priors" and isinstance(value, Mapping):
        return [
            word
            for parameter, bounds in value.items()
            for word in ("--prior", f"{parameter}={','.join(map(_number, bounds))}")
        ]
    if isinstance(value, list):
        return [option, ",".join(map(str, value))]
    return [option, _number(value)]


def _number(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)
