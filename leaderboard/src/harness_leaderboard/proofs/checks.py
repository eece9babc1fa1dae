"""The outcome of recomputing a run's scores, kept with the record that it is about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from harness_leaderboard.connections import writing

if TYPE_CHECKING:
    from harness.data.record import RunRecord
    from harness_leaderboard.store import Store

Outcome = Literal["rescored", "differs", "not checked"]
HOLDS: Outcome = "rescored"
DIFFERS: Outcome = "differs"
NOT_CHECKED: Outcome = "not checked"


def digest_of(record: RunRecord) -> str:
    """What tells a record from any other: a check is of what the record said then."""
    return hashlib.sha256(record.model_dump_json().encode()).hexdigest()


def keep_checks(store: Store, outcomes: Mapping[str, Outcome], records: Mapping[str, RunRecord]) -> None:
    """Keep the outcomes of runs on the board; one that could not be checked keeps what was found before.

    Raises:
        HarnessError: the store cannot be written.
    """
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S+00:00}"
    with writing(store.path) as connection:
        for run_id, outcome in outcomes.items():
            if outcome != NOT_CHECKED:
                connection.execute(
                    "INSERT OR REPLACE INTO checks VALUES (?, ?, ?, ?)",
                    (run_id, digest_of(records[run_id]), outcome, now),
                )
