"""What is told while work goes on, on standard error: plain lines for people, JSON for schedulers."""

from __future__ import annotations

import json
import math
import sys
from datetime import UTC, datetime
from typing import Any

from harness.untrusted.words import printable

PLAIN, JSON = "plain", "json"
FORMATS = (PLAIN, JSON)

_chosen = PLAIN


def choose_log_format(name: str) -> None:
    """From now on tell lines in one of `FORMATS`; JSON only where standard error is no terminal."""
    global _chosen
    _chosen = name


def log_line(text: str, **facts: Any) -> None:
    """Print one line on standard error.

    Arguments:
        text: the line as a person reads it.
        facts: what it says, by name, for JSON: one object with the keys time (UTC, ISO 8601), these, and
            message; those that are None, or no number, are left out.
    """
    if not tells_json():
        print(printable(text), file=sys.stderr, flush=True)
        return
    told = {key: value for key, value in facts.items() if value is not None and not _is_no_number(value)}
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **told, "message": text}
    print(json.dumps(line), file=sys.stderr, flush=True)


def tells_json() -> bool:
    """Whether lines are JSON: chosen, and standard error is no terminal."""
    return _chosen == JSON and not sys.stderr.isatty()


def _is_no_number(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
