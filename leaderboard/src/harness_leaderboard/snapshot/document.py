"""A snapshot as data: everything on the board, what made it, and how to repeat it."""

from __future__ import annotations

from typing import Any

from harness_leaderboard.board import Board
from harness_leaderboard.entries import Entry
from harness_leaderboard.export import board_value
from harness_leaderboard.snapshot.commands import CUDA, command, without_place
from harness_leaderboard.snapshot.conditions import Conditions, ranked_runs

SCHEMA_VERSION = 1


def document(board: Board, made_at: str, made_by: str | None) -> dict[str, Any]:
    """The board as JSON values.

    It is what `harness leaderboard --json` prints, without places of the machine, and beside it
    `schema_version`; `made_at`, the day; `made_by`, what made the runs in the words of who published them;
    `gpu`, whether any run used one; and for each entry `commands`, `commands_on_a_gpu`, and under `made_of`
    the seed, start, seconds, memory, device and processor of each run.
    """
    value: dict[str, Any] = without_place(board_value(board, failed=False))
    for entry_value, (_, entry) in zip(value["entries"], board.ranked, strict=True):
        entry_value["commands"] = command(entry)
        entry_value["commands_on_a_gpu"] = command(entry, CUDA)
        entry_value["made_of"] = _runs(entry)
    return {
        "schema_version": SCHEMA_VERSION,
        "made_at": made_at,
        "made_by": made_by,
        "gpu": Conditions.of(ranked_runs(board)).on_gpu,
        **value,
    }


def _runs(entry: Entry) -> list[dict[str, Any]]:
    return [
        {
            "run": run.run_id,
            "seed": run.seed,
            "started_at": run.started_at,
            "seconds": run.seconds.model_dump(),
            "peak_memory": run.peak_memory.model_dump(),
            "device": run.device,
            "processor": run.processor,
        }
        for run in entry.runs
    ]
