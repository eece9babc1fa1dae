"""Boards for programs: JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.untrusted.words import for_spreadsheet
from harness_leaderboard.board import Board
from harness_leaderboard.entries import Entry
from harness_leaderboard.labels import component_text, option_text
from harness_leaderboard.marks import marks
from harness_leaderboard.pooling import Pooled
from harness_leaderboard.ranking import Rank

if TYPE_CHECKING:
    from harness.data.record import ComponentRecord, RunRecord


def board_value(board: Board, *, failed: bool) -> dict[str, Any]:
    """A board as JSON values; `failed` adds the runs that failed or were interrupted."""
    statuses = [run.status for run in board.unfinished]
    value: dict[str, Any] = {
        "challenge": board.challenge.spec,
        "fingerprint": board.challenge.fingerprint,
        "planets": board.challenge.planets,
        "doubt": board.challenge.doubt,
        "ranked_by": None if board.key is None else board.key.title,
        "higher_is_better": None if board.key is None else board.key.higher_is_better,
        "resolution": board.resolution,
        "entries": [
            _entry_value(board, rank, entry, interval) | {"rescored": rescored, "marks": own}
            for (rank, entry), interval, rescored, own in zip(
                board.ranked, board.intervals, board.rescored, marks(board), strict=True
            )
        ],
        "n_failed": statuses.count("failed"),
        "n_interrupted": statuses.count("interrupted"),
    }
    if failed:
        value["failed"] = [_failure_value(run) for run in board.unfinished]
    return value


def _entry_value(board: Board, rank: Rank, entry: Entry, interval: tuple[int, int] | None) -> dict[str, Any]:
    run, key = entry.example, board.key
    leading = entry.scores.get(key.scorer) if key is not None and key.scorer is not None else None
    return {
        "rank": rank.number,
        "tied": rank.tied,
        "rank_lowest": None if interval is None else interval[0],
        "rank_highest": None if interval is None else interval[1],
        "estimator": run.estimator.name,
        "options": run.estimator.changed,
        "submission": None if run.submission is None else run.submission.model_dump(),
        "distribution": run.estimator.distribution,
        "version": run.estimator.version,
        "preprocessor": _component_value(run.preprocessor),
        "embedder": _component_value(run.embedder),
        **_number_value("score", Pooled() if key is None else key.of(entry)),
        "parts": {} if leading is None else _numbers_value(leading.parts),
        "scores": {
            title: {
                **_number_value("value", entry.scores[scorer].whole),
                "higher_is_better": scorer.higher_is_better,
                "n_planets": entry.scores[scorer].n_planets,
                "seeds": list(entry.scores[scorer].seeds),
                "parts": _numbers_value(entry.scores[scorer].parts),
                "partitions": _numbers_value(entry.scores[scorer].partitions),
            }
            for scorer, title in board.titles.items()
            if scorer in entry.scores
        },
        "seeds": list(entry.seeds if leading is None else leading.seeds),
        "runs": [run.run_id for run in entry.runs],
        "labels": [run.label for run in entry.runs if run.label],
        "n_samples": run.n_samples,
        "time_budget": run.time_budget,
        "fit_seconds": entry.fit_seconds.value,
        "sample_seconds": entry.sample_seconds.value,
        "device": run.device,
        "versions": run.versions,
        "git_revision": run.git_revision,
    }


def _number_value(name: str, pooled: Pooled) -> dict[str, float | None]:
    return {
        name: pooled.value,
        "standard_error": pooled.standard_error,
        "standard_error_over_planets": pooled.over_planets,
        "standard_error_between_seeds": pooled.between_seeds,
    }


def _numbers_value(numbers: Mapping[str, Pooled]) -> dict[str, dict[str, float | None]]:
    return {name: _number_value("value", number) for name, number in numbers.items()}


def _component_value(component: ComponentRecord | None) -> dict[str, Any] | None:
    return None if component is None else {"name": component.name, "options": component.changed}


def _failure_value(run: RunRecord) -> dict[str, Any]:
    return {
        "run": run.run_id,
        "label": run.label,
        "status": run.status,
        "error": run.error,
        "estimator": run.estimator.name,
        "options": run.estimator.changed,
        "seed": run.seed,
        "started_at": run.started_at,
    }


def csv_text(boards: Sequence[Board], *, failed: bool) -> str:
    """All boards as one CSV table: a line for each entry, a column for each score and part.

    `failed` adds a line without a rank for each run that failed or was interrupted.
    """
    rows = []
    for board in boards:
        rows += entry_rows(board)
        rows += [_failure_row(board, run) for run in board.unfinished] if failed else []
    header = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(for_spreadsheet(header or ["challenge"]))
    writer.writerows(for_spreadsheet([row.get(name) for name in header]) for row in rows)
    return text.getvalue()


def entry_rows(board: Board) -> list[dict[str, Any]]:
    """The entries of a board by column, from the best to the worst; columns differ where scores do."""
    ranked = zip(board.ranked, board.intervals, marks(board), strict=True)
    return [_entry_row(board, rank, entry, interval, own) for (rank, entry), interval, own in ranked]


def _entry_row(
    board: Board, rank: Rank, entry: Entry, interval: tuple[int, int] | None, own: Sequence[str]
) -> dict[str, Any]:
    run, key = entry.example, board.key
    value = _entry_value(board, rank, entry, interval)
    row = {
        "challenge": board.challenge.spec,
        "fingerprint": board.challenge.fingerprint,
        "status": "finished",
        "rank": rank.number,
        "tied": rank.tied,
        "rank_lowest": value["rank_lowest"],
        "rank_highest": value["rank_highest"],
        **_method_row(run),
        "marks": ", ".join(own),
        "ranked_by": "" if key is None else key.title,
        "score": value["score"],
        "standard_error": value["standard_error"],
        "seeds": " ".join(str(seed) for seed in value["seeds"]),
        "runs": " ".join(value["runs"]),
        "fit_seconds": value["fit_seconds"],
        "sample_seconds": value["sample_seconds"],
        "device": run.device,
        "error": "",
    }
    for title, score in value["scores"].items():
        for name, part in {
            title: score,
            **{f"{title}/{part}": of for part, of in score["parts"].items()},
            **{f"{title} on {kind}": of for kind, of in score["partitions"].items()},
        }.items():
            row[name] = part["value"]
            row[f"{name} standard error"] = part["standard_error"]
    return row


def _failure_row(board: Board, run: RunRecord) -> dict[str, Any]:
    return {
        "challenge": board.challenge.spec,
        "fingerprint": board.challenge.fingerprint,
        "status": run.status,
        **_method_row(run),
        "seeds": run.seed,
        "runs": run.run_id,
        "device": run.device,
        "error": run.error,
    }


def _method_row(run: RunRecord) -> dict[str, Any]:
    return {
        "estimator": run.estimator.name,
        "options": " ".join(option_text(run.estimator.changed)),
        "preprocessor": "" if run.preprocessor is None else component_text(run.preprocessor),
        "embedder": "" if run.embedder is None else component_text(run.embedder),
        "submitted_by": "" if run.submission is None else run.submission.by,
        "n_samples": run.n_samples,
        "time_budget": run.time_budget,
    }
