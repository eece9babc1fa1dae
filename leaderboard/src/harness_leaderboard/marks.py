"""What an entry is beside a method like the others: a baseline, the ceiling, or only a part of an entry."""

from __future__ import annotations

from harness_leaderboard.board import Board
from harness_leaderboard.entries import Entry

ROLES = {"prior": "baseline", "nested-sampling": "ceiling"}  # whose names are the harness's own


def marks(board: Board) -> list[list[str]]:
    """For each ranked entry the words to mark it with; most have none."""
    entries = [entry for _, entry in board.ranked]
    scorer = None if board.key is None else board.key.scorer
    scores = [None if scorer is None else entry.scores.get(scorer) for entry in entries]
    most = max((score.n_planets for score in scores if score is not None), default=0)
    found = []
    for entry, score in zip(entries, scores, strict=True):
        words = [ROLES[name]] if (name := _own_name(entry)) in ROLES else []
        if score is not None and len(score.seeds) < len(entry.seeds):
            words.append(f"partial: {len(score.seeds)} of {len(entry.seeds)} seeds")
        if score is not None and score.n_planets < most:
            words.append(f"partial: {score.n_planets:,} of {most:,} planets")
        found.append(words)
    return found


def _own_name(entry: Entry) -> str | None:
    """That of an estimator of the harness; None of plugins and of what was handed in."""
    run = entry.example
    own = run.submission is None and run.estimator.distribution == "ariel-harness"
    return run.estimator.name if own else None
