"""Boards as a pandas DataFrame."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from harness_leaderboard.board import Board
from harness_leaderboard.export import entry_rows

ALWAYS = ("challenge", "fingerprint", "rank", "estimator", "score", "standard_error")


def board_frame(boards: Sequence[Board]) -> pd.DataFrame:
    """All boards as one table: the columns of the CSV, a row for each entry, best first on each board.

    A rank is missing (`pandas.NA`) where an entry has no value of what its board is ranked by, and a score
    is NaN where an entry does not have it.
    """
    rows = [row for board in boards for row in entry_rows(board)]
    table = pd.DataFrame(rows) if rows else pd.DataFrame(columns=list(ALWAYS))
    table["rank"] = table["rank"].astype("Int64")
    return table
