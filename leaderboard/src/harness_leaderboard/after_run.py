"""The last thing that `harness run` shows: where the runs that it just made stand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.data.record import RunRecord


def show_boards(records: Sequence[RunRecord], home: Path) -> None:
    """Print the board of each challenge that one of these runs finished on, their entries marked.

    Nothing is printed where none finished, or where those that did are not on the board.

    Raises:
        HarnessError: the store cannot be read.
    """
    made = {record.run_id for record in records if record.status == "finished"}
    if not made:
        return
    from harness.cli.terminal import console_for_tables
    from harness_leaderboard.store import Store
    from harness_leaderboard.store_board import boards_of
    from harness_leaderboard.table import board_table

    shown = [
        board
        for board in boards_of(Store.of(home))
        if any(run.run_id in made for _, entry in board.ranked for run in entry.runs)
    ]
    console = console_for_tables()
    for number, board in enumerate(shown):
        if number == 0:
            console.rule("leaderboard", align="left")
        console.print(board_table(board, console, made=made))
