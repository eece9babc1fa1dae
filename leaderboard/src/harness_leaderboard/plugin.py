"""The leaderboard's hooks: every run goes on the board and ends with it; the command `harness leaderboard`.

Everything heavier than click is imported when a hook is called.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.registry.hookspecs import Register, hookimpl

if TYPE_CHECKING:
    from pandas import DataFrame

    from harness.data.record import RunRecord


@hookimpl
def register_commands(register: Register) -> None:
    register(
        "leaderboard",
        "harness_leaderboard.commands:leaderboard",
        summary="Rank every run so far, each challenge by itself.",
    )


@hookimpl
def run_finished(record: RunRecord, home: Path) -> None:
    _put(record, home)


@hookimpl
def run_failed(record: RunRecord, home: Path) -> None:
    _put(record, home)


@hookimpl
def runs_reported(records: Sequence[RunRecord], home: Path) -> None:
    from harness_leaderboard.after_run import show_boards

    show_boards(records, home)


@hookimpl
def leaderboard_table(home: Path, challenge: str | None, sort: str | None) -> DataFrame:
    from harness_leaderboard.frame import board_frame
    from harness_leaderboard.store import Store
    from harness_leaderboard.store_board import boards_of

    return board_frame(boards_of(Store.of(home), challenge, sort))


def _put(record: RunRecord, home: Path) -> None:
    from harness.errors import HarnessError
    from harness_leaderboard.store import Store

    try:
        Store.of(home).put([record])
    except HarnessError as error:
        folder = home / record.artifacts
        raise HarnessError(
            f"{error} The run itself is safe in {folder}; put it on the board later with "
            f"'harness leaderboard add {folder}'."
        ) from error
