"""Scores that were added to a run from its kept predictions, beside the run in the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from harness.data.record import ComponentRecord, ScoreRecord
from harness.data.score import Score
from harness.runs.machine import git_revision, versions
from harness_leaderboard.connections import writing
from harness_leaderboard.planet_scores import Planets, keep_planets

if TYPE_CHECKING:
    from harness_leaderboard.store import Store


def keep_added(
    store: Store, run_id: str, planets: Planets, results: Sequence[tuple[ScoreRecord, Score]]
) -> None:
    """Keep scores of a run on the board, with those of its single planets and what they were computed with.

    Raises:
        HarnessError: the store cannot be written.
    """
    with writing(store.path) as connection:
        digest = keep_planets(connection, planets)
        for record, score in results:
            connection.execute(
                "INSERT OR REPLACE INTO added_scores VALUES (?, ?, ?, ?, ?, ?)",
                (
                    run_id,
                    scorer_key(record.scorer),
                    record.model_dump_json(),
                    digest,
                    score.per_planet.double().cpu().numpy().astype("<f8").tobytes(),
                    json.dumps(_computed_with(record.scorer)),
                ),
            )


def scorer_key(scorer: ComponentRecord) -> str:
    """What tells a scorer from any other: its name, version and all options."""
    return json.dumps(scorer.model_dump(mode="json", exclude={"changed"}), sort_keys=True)


def _computed_with(scorer: ComponentRecord) -> dict[str, Any]:
    return {
        "versions": versions([scorer.distribution]),
        "git_revision": git_revision(),
        "scored_at": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S+00:00}",
    }
